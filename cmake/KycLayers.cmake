# One folder under src/kyc = one STATIC target kyc_<folder>, linked as kyc::<folder>. layers.txt is the only list of what
# a folder may link.

# name     the folder; its row in layers.txt gives the link dependencies
# METHODS  the folder holds self-registering methods: whoever links kyc::<name> gets all of it, or the linker would drop
#          the registrations
# FOLDERS  folders in it whose sources belong to it too
# UNITY    developer builds compile several of its sources at once
# COLD     the folder decides, reads and writes, and spends no time on pixels: developer builds optimise it less
function(kyc_add_library name)
  cmake_parse_arguments(ARG "METHODS;COLD;UNITY" "" "FOLDERS" ${ARGN})
  set(patterns "${CMAKE_CURRENT_SOURCE_DIR}/*.cpp")
  foreach(folder IN LISTS ARG_FOLDERS)
    list(APPEND patterns "${CMAKE_CURRENT_SOURCE_DIR}/${folder}/*.cpp")
  endforeach()
  file(GLOB sources CONFIGURE_DEPENDS ${patterns})
  set(tests ${sources})
  list(FILTER tests INCLUDE REGEX "_test\\.cpp$")
  list(FILTER sources EXCLUDE REGEX "_test\\.cpp$")

  add_library(kyc_${name} STATIC ${sources})
  target_include_directories(kyc_${name} PUBLIC
    $<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}/src> $<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}>)
  kyc_compile_options(kyc_${name})
  if(ARG_COLD)
    kyc_precompiled_headers(kyc_${name} cold)
  else()
    kyc_precompiled_headers(kyc_${name} hot)
  endif()
  if(ARG_UNITY)
    kyc_unity_build(kyc_${name})
  endif()
  kyc_link_layers(kyc_${name} ${name})
  if(ARG_METHODS)
    add_library(kyc_${name}_whole INTERFACE)
    target_link_libraries(kyc_${name}_whole INTERFACE "$<LINK_LIBRARY:WHOLE_ARCHIVE,$<TARGET_NAME:kyc_${name}>>")
    add_library(kyc::${name} ALIAS kyc_${name}_whole)
    set_target_properties(kyc_${name} PROPERTIES EXPORT_NAME ${name}_archive)
    set_target_properties(kyc_${name}_whole PROPERTIES EXPORT_NAME ${name})
    set_property(GLOBAL APPEND PROPERTY KYC_LIBRARIES kyc_${name} kyc_${name}_whole)
  else()
    add_library(kyc::${name} ALIAS kyc_${name})
    set_target_properties(kyc_${name} PROPERTIES EXPORT_NAME ${name})
    set_property(GLOBAL APPEND PROPERTY KYC_LIBRARIES kyc_${name})
  endif()
  if(KYC_DEVELOPER_MODE AND tests)
    kyc_add_test(${name} ${tests})
  endif()
endfunction()

function(kyc_compile_options target)
  target_compile_features(${target} PUBLIC cxx_std_20)
  target_compile_options(${target} PRIVATE -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wswitch-enum)
  if(KYC_DEVELOPER_MODE)
    target_compile_options(${target} PRIVATE -Werror)
  endif()
endfunction()

# Half of the time of a build from nothing went into the same few headers, and into optimising what is never slow.
# Both end here, for developer builds only.
# kind  hot (what is fast or slow by its code), cold, or test
function(kyc_precompiled_headers target kind)
  if(NOT KYC_DEVELOPER_MODE)
    return()
  endif()
  if(NOT kind STREQUAL hot)
    target_compile_options(${target} PRIVATE -O1)
  endif()
  if(NOT KYC_PRECOMPILED_HEADERS)
    return()
  endif()
  set(provider kyc_headers_${kind})
  if(NOT TARGET ${provider})
    set(headers <algorithm> <array> <chrono> <cmath> <filesystem> <fstream> <functional> <map> <memory> <mutex> <numeric>
      <optional> <random> <set> <span> <sstream> <string> <thread> <unordered_map> <variant> <vector>)
    if(kind STREQUAL cold)
      list(APPEND headers <nlohmann/json.hpp>)
    elseif(kind STREQUAL test)
      list(APPEND headers <gtest/gtest.h>)
    endif()
    file(WRITE "${PROJECT_BINARY_DIR}/headers.cpp" "")
    add_library(${provider} OBJECT "${PROJECT_BINARY_DIR}/headers.cpp")
    kyc_compile_options(${provider})
    if(kind STREQUAL cold)
      target_link_libraries(${provider} PRIVATE nlohmann_json::nlohmann_json)
    elseif(kind STREQUAL test)
      target_link_libraries(${provider} PRIVATE GTest::gtest)
    endif()
    if(NOT kind STREQUAL hot)
      target_compile_options(${provider} PRIVATE -O1)
    endif()
    target_precompile_headers(${provider} PRIVATE ${headers})
  endif()
  target_precompile_headers(${target} REUSE_FROM ${provider})
  target_compile_options(${target} PRIVATE -fpch-preprocess)  # for ccache
endfunction()

# Several sources as one: what they instantiate alike is made once (half of the time of cli/, a third of the tests').
# Names in the anonymous namespaces of such a folder are then of one file only.
function(kyc_unity_build target)
  if(KYC_DEVELOPER_MODE AND KYC_UNITY_BUILD)
    set_target_properties(${target} PROPERTIES UNITY_BUILD ON UNITY_BUILD_BATCH_SIZE 6)
    # GCC takes an anonymous namespace of an included file for one that others see too.
    target_compile_options(${target} PRIVATE -Wno-subobject-linkage)
  endif()
endfunction()

# Links what the row of `name` in layers.txt allows.
function(kyc_link_layers target name)
  foreach(dependency IN LISTS KYC_LAYER_${name})
    target_link_libraries(${target} PUBLIC kyc::${dependency})
  endforeach()
endfunction()

# One program per folder, kyc_<name>_test; ctest lists every TEST in it as <name>/<Suite.Test>. It is made once all
# layers are known, so that tests may use testing/ wherever it stands in layers.txt.
function(kyc_add_test name)
  cmake_language(EVAL CODE "cmake_language(DEFER DIRECTORY \"${PROJECT_SOURCE_DIR}\" CALL kyc_define_test \"${name}\" \"${ARGN}\")")
endfunction()

function(kyc_define_test name sources)
  add_executable(kyc_${name}_test ${sources})
  kyc_compile_options(kyc_${name}_test)
  kyc_unity_build(kyc_${name}_test)
  if(name STREQUAL torch)  # no folder of its own: the part of nn/ that needs LibTorch
    kyc_precompiled_headers(kyc_torch_test test)
    target_link_libraries(kyc_torch_test PRIVATE kyc::nn)
    add_dependencies(kyc_torch_test kyc_torch kyc_torch_check)
  else()
    kyc_precompiled_headers(kyc_${name}_test test)
    target_link_libraries(kyc_${name}_test PRIVATE kyc::${name})
  endif()
  if(NOT name STREQUAL testing)
    target_link_libraries(kyc_${name}_test PRIVATE kyc::testing)
  endif()
  target_link_libraries(kyc_${name}_test PRIVATE GTest::gmock GTest::gtest_main)
  target_compile_definitions(kyc_${name}_test PRIVATE KYC_SOURCE_DIR="${PROJECT_SOURCE_DIR}")
  gtest_discover_tests(kyc_${name}_test TEST_PREFIX "${name}/" DISCOVERY_MODE PRE_TEST PROPERTIES LABELS unit TIMEOUT 600)
endfunction()

# Reads layers.txt and adds every folder in its order; a folder may only name folders above it. Sets KYC_FOLDERS.
macro(kyc_add_layers)
  file(STRINGS "${PROJECT_SOURCE_DIR}/layers.txt" kyc_rows REGEX "^[a-z]+:")
  set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS "${PROJECT_SOURCE_DIR}/layers.txt")
  set(KYC_FOLDERS "")
  foreach(kyc_row IN LISTS kyc_rows)
    string(REGEX REPLACE ":.*" "" kyc_folder "${kyc_row}")
    list(APPEND KYC_FOLDERS "${kyc_folder}")
    string(REGEX REPLACE "^[a-z]+: *" "" kyc_allowed "${kyc_row}")
    separate_arguments(KYC_LAYER_${kyc_folder} UNIX_COMMAND "${kyc_allowed}")
    if(NOT kyc_folder STREQUAL testing OR KYC_DEVELOPER_MODE)
      add_subdirectory("src/kyc/${kyc_folder}")
    endif()
  endforeach()
endmacro()
