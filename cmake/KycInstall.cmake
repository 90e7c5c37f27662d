# cmake --install: the program, the libraries with their headers as the CMake package kyclops (targets kyc::<folder>, and
# kyc::kyc for all of them), the models, and ONNX Runtime where it is not the system's.

set(kyc_private_dir "${CMAKE_INSTALL_LIBDIR}/kyclops")
set(kyc_package_dir "${CMAKE_INSTALL_LIBDIR}/cmake/kyclops")

# What a consumer gets: every folder but the program's own and the tests'.
get_property(kyc_libraries GLOBAL PROPERTY KYC_LIBRARIES)
list(REMOVE_ITEM kyc_libraries kyc_cli kyc_testing)
add_library(kyc_kyc INTERFACE)
set_target_properties(kyc_kyc PROPERTIES EXPORT_NAME kyc)
foreach(kyc_folder IN LISTS KYC_FOLDERS)
  if(NOT kyc_folder MATCHES "^(cli|testing)$")
    target_link_libraries(kyc_kyc INTERFACE kyc::${kyc_folder})
  endif()
endforeach()

install(TARGETS ${kyc_libraries} kyc_kyc EXPORT kyclops-targets ARCHIVE DESTINATION "${kyc_private_dir}")
install(DIRECTORY src/kyc DESTINATION "${CMAKE_INSTALL_INCLUDEDIR}"
  FILES_MATCHING PATTERN "*.h" PATTERN cli EXCLUDE PATTERN testing EXCLUDE)

set(kyc_has_onnxruntime OFF)
if(KYC_ONNXRUNTIME_LIBRARY)
  set(kyc_has_onnxruntime ON)
  install(PROGRAMS "${KYC_ONNXRUNTIME_LIBRARY}" DESTINATION "${kyc_private_dir}")
  install(FILES "${KYC_ONNXRUNTIME_ROOT}/include/LICENSE" DESTINATION "${CMAKE_INSTALL_DOCDIR}" RENAME LICENSE.onnxruntime)
endif()

install(EXPORT kyclops-targets NAMESPACE kyc:: DESTINATION "${kyc_package_dir}")
configure_package_config_file(cmake/kyclops-config.cmake.in kyclops-config.cmake
  INSTALL_DESTINATION "${kyc_package_dir}" PATH_VARS kyc_private_dir CMAKE_INSTALL_DATADIR)
write_basic_package_version_file(kyclops-config-version.cmake COMPATIBILITY SameMinorVersion)
install(FILES "${PROJECT_BINARY_DIR}/kyclops-config.cmake" "${PROJECT_BINARY_DIR}/kyclops-config-version.cmake"
  cmake/KycDependencies.cmake DESTINATION "${kyc_package_dir}")

# The models as they stand in the source tree, each npm package's licence text among them.
install(DIRECTORY models/shipped DESTINATION "${CMAKE_INSTALL_DATADIR}/kyclops/models")
install(FILES models/manifest.json DESTINATION "${CMAKE_INSTALL_DATADIR}/kyclops/models")
install(DIRECTORY models/files models/detectors DESTINATION "${CMAKE_INSTALL_DATADIR}/kyclops/models")

# The web pages, where they were built (make web).
install(DIRECTORY web/dist/ DESTINATION "${CMAKE_INSTALL_DATADIR}/kyclops/web" OPTIONAL)

file(RELATIVE_PATH kyc_private_from_bin "/${CMAKE_INSTALL_BINDIR}" "/${kyc_private_dir}")
set_target_properties(kyclops PROPERTIES INSTALL_RPATH "$ORIGIN/${kyc_private_from_bin}")
