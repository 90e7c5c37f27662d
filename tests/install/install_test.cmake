# Installs a build into an empty prefix, moves the prefix (nothing may point back), runs the program there, and builds and
# runs a fresh project against the package.
#   cmake -DBUILD=build folder -DSOURCE=source tree -DSCRATCH=folder to use -DGENERATOR=... -P install_test.cmake

function(run what)
  execute_process(COMMAND ${ARGN} RESULT_VARIABLE result OUTPUT_VARIABLE output ERROR_VARIABLE output)
  if(NOT result EQUAL 0)
    string(REPLACE ";" " " command "${ARGN}")
    message(FATAL_ERROR "${what}: exit code ${result}\n${command}\n${output}")
  endif()
  set(output "${output}" PARENT_SCOPE)
endfunction()

file(REMOVE_RECURSE "${SCRATCH}")
run("install" "${CMAKE_COMMAND}" --install "${BUILD}" --prefix "${SCRATCH}/first")
file(RENAME "${SCRATCH}/first" "${SCRATCH}/prefix")
set(prefix "${SCRATCH}/prefix")

# Without the source tree's help.
set(ENV{KYC_MODELS})
set(program "${prefix}/bin/kyclops")
run("the installed program" "${program}" --version)
run("its models" "${program}" models verify)
string(FIND "${output}" "${prefix}/share/kyclops/models/files/fr_detect.onnx" place)
if(place EQUAL -1)
  message(FATAL_ERROR "the installed program does not use the installed models:\n${output}")
endif()
run("its shared libraries" ldd "${program}")
string(FIND "${output}" "${SOURCE}/.deps" place)  # the prefix itself may lie in the source tree's build/
if(output MATCHES "not found" OR NOT place EQUAL -1)
  message(FATAL_ERROR "the installed program needs libraries of the source tree, or misses some:\n${output}")
endif()
file(GLOB_RECURSE package "${prefix}/*.cmake")
foreach(file IN LISTS package)
  file(READ "${file}" text)
  string(FIND "${text}" "${SOURCE}" place)
  if(NOT place EQUAL -1)
    message(FATAL_ERROR "${file} names the source tree")
  endif()
endforeach()

run("configuring a consumer" "${CMAKE_COMMAND}" -S "${SOURCE}/tests/install" -B "${SCRATCH}/consumer" -G "${GENERATOR}"
    "-DCMAKE_PREFIX_PATH=${prefix}" "-DCMAKE_CXX_FLAGS=${FLAGS}")
run("building a consumer" "${CMAKE_COMMAND}" --build "${SCRATCH}/consumer")
run("a consumer of kyc::face" "${SCRATCH}/consumer/consumer_of_face")
run("a consumer of kyc::kyc" "${SCRATCH}/consumer/consumer" "${SOURCE}/samples/audrey.jpg" 1)
