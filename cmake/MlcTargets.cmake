# mlc_add_library(NAME SOURCES... [LINK targets...]): a library of the project,
# with the project's warnings. mlc_add_mlir_library is the same, and sees MLIR.
add_library(mlc_warnings INTERFACE)
target_compile_options(mlc_warnings INTERFACE -Wall -Wextra -Werror -Wno-unused-parameter)
if(MLC_SANITIZE)
  add_compile_options(-fsanitize=address,undefined -fno-omit-frame-pointer -fno-sanitize=vptr)
  add_link_options(-fsanitize=address,undefined)
endif()

add_library(mlc_mlir INTERFACE)
target_include_directories(mlc_mlir SYSTEM INTERFACE ${MLIR_INCLUDE_DIRS} ${LLVM_INCLUDE_DIRS})
target_compile_definitions(mlc_mlir INTERFACE ${LLVM_DEFINITIONS_LIST})
target_link_libraries(mlc_mlir INTERFACE MLIR LLVM)
# libstdc++ 12 marks what its own stable_sort uses as deprecated.
if(CMAKE_CXX_COMPILER_ID MATCHES "Clang")
  target_compile_options(mlc_mlir INTERFACE -Wno-deprecated-declarations)
endif()
# GCC 12 finds these inside LLVM's own inlined headers.
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  target_compile_options(mlc_mlir INTERFACE -Wno-maybe-uninitialized -Wno-dangling-pointer
                                            -Wno-array-bounds -Wno-stringop-overflow)
endif()

# Parsing MLIR's headers is most of a compilation: they are parsed once for all
# targets that see MLIR. Every file still includes what it uses.
option(MLC_PRECOMPILE_HEADERS "Parse MLIR's headers once" ON)
if(MLC_PRECOMPILE_HEADERS)
  # Headers parsed for libraries don't serve -fPIE; -fPIC is right for programs too.
  set(CMAKE_CXX_COMPILE_OPTIONS_PIE -fPIC)
  # Written once: a newer file would be compiled again after each configuration.
  file(CONFIGURE OUTPUT ${PROJECT_BINARY_DIR}/precompiled.cpp CONTENT "")
  add_library(mlc_precompiled OBJECT ${PROJECT_BINARY_DIR}/precompiled.cpp)
  target_link_libraries(mlc_precompiled PRIVATE mlc_mlir mlc_warnings)
  target_precompile_headers(mlc_precompiled PRIVATE
    <mlir/Dialect/Arith/IR/Arith.h>
    <mlir/Dialect/Func/IR/FuncOps.h>
    <mlir/Dialect/Linalg/IR/Linalg.h>
    <mlir/Dialect/MemRef/IR/MemRef.h>
    <mlir/Dialect/SCF/IR/SCF.h>
    <mlir/Dialect/Vector/IR/VectorOps.h>
    <mlir/IR/Builders.h>
    <mlir/IR/BuiltinOps.h>
    <mlir/IR/PatternMatch.h>
    <mlir/Pass/Pass.h>)
  # Without a time stamp, a compiler cache recognizes the same headers again.
  if(CMAKE_CXX_COMPILER_ID MATCHES "Clang")
    target_compile_options(mlc_precompiled PRIVATE "SHELL:-Xclang -fno-pch-timestamp")
  endif()
endif()

function(mlc_add_library name)
  cmake_parse_arguments(ARG "" "" "LINK" ${ARGN})
  add_library(${name} STATIC ${ARG_UNPARSED_ARGUMENTS})
  target_include_directories(${name} PUBLIC ${PROJECT_SOURCE_DIR} ${PROJECT_BINARY_DIR})
  target_link_libraries(${name} PUBLIC ${ARG_LINK} PRIVATE mlc_warnings)
endfunction()

# mlc_precompile_headers(TARGET): for a target that sees MLIR.
function(mlc_precompile_headers target)
  if(MLC_PRECOMPILE_HEADERS)
    target_precompile_headers(${target} REUSE_FROM mlc_precompiled)
  endif()
endfunction()

function(mlc_add_mlir_library name)
  cmake_parse_arguments(ARG "" "" "LINK;DEPENDS" ${ARGN})
  mlc_add_library(${name} ${ARG_UNPARSED_ARGUMENTS} LINK ${ARG_LINK} mlc_mlir)
  mlc_precompile_headers(${name})
  if(ARG_DEPENDS)
    add_dependencies(${name} ${ARG_DEPENDS})
  endif()
endfunction()

# mlc_tablegen(TARGET file.td OUT "GENERATOR [OPTIONS]" OUT ...)
function(mlc_tablegen target td)
  set(LLVM_TARGET_DEFINITIONS ${td})
  set(pairs ${ARGN})
  while(pairs)
    list(POP_FRONT pairs out generator)
    separate_arguments(generator)
    mlir_tablegen(${out} ${generator} EXTRA_INCLUDES ${PROJECT_SOURCE_DIR} ${MLIR_INCLUDE_DIRS})
  endwhile()
  add_public_tablegen_target(${target})
endfunction()
