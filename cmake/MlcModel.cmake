# mlc_add_model(TARGET model.json [ARGS ...]): compiles a model at build time.
# TARGET becomes a library to link against: the object and the generated header
# <NAME>.h, NAME being the file's name without its extension or NAME's argument.
function(mlc_add_model target model)
  cmake_parse_arguments(ARG "" "NAME" "ARGS;DEPENDS" ${ARGN})
  get_filename_component(model ${model} ABSOLUTE)
  if(NOT ARG_NAME)
    get_filename_component(ARG_NAME ${model} NAME_WE)
  endif()
  set(object ${CMAKE_CURRENT_BINARY_DIR}/${ARG_NAME}.o)
  set(header ${CMAKE_CURRENT_BINARY_DIR}/${ARG_NAME}.h)
  add_custom_command(
    OUTPUT ${object} ${header}
    COMMAND $<TARGET_FILE:mlc> compile ${model} -o ${object} ${ARG_ARGS}
    DEPENDS mlc ${model} ${ARG_DEPENDS}
    COMMENT "mlc compile ${ARG_NAME}"
    VERBATIM)
  add_custom_target(${target}_compile DEPENDS ${object} ${header})
  add_library(${target} INTERFACE)
  add_dependencies(${target} ${target}_compile)
  target_include_directories(${target} INTERFACE ${CMAKE_CURRENT_BINARY_DIR}
                                                 ${mlc_SOURCE_DIR}/runtime/include)
  target_link_libraries(${target} INTERFACE ${object} m)
endfunction()
