# One folder under src/kyc = one STATIC target kyc_<folder>, linked as kyc::<folder>. layers.txt is the only list of what
# a folder may link.

# name     the folder; its row in layers.txt gives the link dependencies
# METHODS  the folder holds self-registering methods: whoever links kyc::<name> gets all of it, or the linker would drop
#          the registrations
function(kyc_add_library name)
  cmake_parse_arguments(ARG "METHODS" "" "" ${ARGN})
  file(GLOB sources CONFIGURE_DEPENDS "${CMAKE_CURRENT_SOURCE_DIR}/*.cpp")
  set(tests ${sources})
  list(FILTER tests INCLUDE REGEX "_test\\.cpp$")
  list(FILTER sources EXCLUDE REGEX "_test\\.cpp$")

  add_library(kyc_${name} STATIC ${sources})
  target_include_directories(kyc_${name} PUBLIC
    $<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}/src> $<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}>)
  kyc_compile_options(kyc_${name})
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
  target_compile_options(kyc_${name}_test PRIVATE -O1)  # a quarter less time to compile; what is tested keeps its own
  if(name STREQUAL torch)  # no folder of its own: the part of nn/ that needs LibTorch
    target_link_libraries(kyc_torch_test PRIVATE kyc::nn)
    add_dependencies(kyc_torch_test kyc_torch kyc_torch_check)
  else()
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
