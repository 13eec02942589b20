# mlc_add_model(TARGET model.json [NAME name] [OUTPUT directory] [ARGS ...] [DEPENDS ...]):
# compiles a model at build time. TARGET becomes a library to link against: the
# object and the generated header <NAME>.h, NAME being the file's name without its
# extension or NAME's argument. Both are written to the current binary directory,
# or a directory in it. ARGS go to mlc compile; with --threads above 1 the library
# brings mlc_threads along.
function(mlc_add_model target model)
  cmake_parse_arguments(ARG "" "NAME;OUTPUT" "ARGS;DEPENDS" ${ARGN})
  get_filename_component(model ${model} ABSOLUTE)
  if(NOT ARG_NAME)
    get_filename_component(ARG_NAME ${model} NAME_WE)
  endif()
  set(directory ${CMAKE_CURRENT_BINARY_DIR})
  if(ARG_OUTPUT)
    string(APPEND directory /${ARG_OUTPUT})
    file(MAKE_DIRECTORY ${directory})
  endif()
  set(object ${directory}/${ARG_NAME}.o)
  set(header ${directory}/${ARG_NAME}.h)
  add_custom_command(
    OUTPUT ${object} ${header}
    COMMAND $<TARGET_FILE:mlc> compile ${model} -o ${object} ${ARG_ARGS}
    DEPENDS mlc ${model} ${ARG_DEPENDS}
    COMMENT "mlc compile ${target}"
    VERBATIM)
  add_custom_target(${target}_compile DEPENDS ${object} ${header})
  add_library(${target} INTERFACE)
  add_dependencies(${target} ${target}_compile)
  target_include_directories(${target} INTERFACE ${directory})
  target_link_libraries(${target} INTERFACE ${object} mlc_abi m)
  if("${ARG_ARGS}" MATCHES "--threads")
    target_link_libraries(${target} INTERFACE mlc_threads)
  endif()
endfunction()
