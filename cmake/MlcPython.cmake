# mlc_python_environment(REQUIREMENTS): sets MLC_TEST_PYTHON to a Python that has
# the packages of a requirements file. Unless it is already set, a virtual
# environment is made in the build directory, once for each content of the file.
function(mlc_python_environment requirements)
  if(MLC_TEST_PYTHON)
    return()
  endif()
  find_package(Python3 3.9 REQUIRED COMPONENTS Interpreter)
  set(venv ${PROJECT_BINARY_DIR}/venv)
  set(python ${venv}/bin/python)
  set(stamp ${venv}/installed.txt)
  file(READ ${requirements} wanted)
  set(installed "")
  if(EXISTS ${stamp})
    file(READ ${stamp} installed)
  endif()
  if(NOT wanted STREQUAL installed OR NOT EXISTS ${python})
    message(STATUS "Installing the tests' Python packages in ${venv}")
    file(REMOVE_RECURSE ${venv})
    execute_process(COMMAND ${Python3_EXECUTABLE} -m venv ${venv}
                    COMMAND_ERROR_IS_FATAL ANY)
    # No cache: nothing is left outside of the build directory.
    execute_process(COMMAND ${python} -m pip install --quiet --no-cache-dir
                            --disable-pip-version-check -r ${requirements}
                    COMMAND_ERROR_IS_FATAL ANY)
    file(WRITE ${stamp} "${wanted}")
  endif()
  set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${requirements})
  set(MLC_TEST_PYTHON ${python} PARENT_SCOPE)
endfunction()
