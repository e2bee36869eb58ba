# The Debian package: `cpack --preset deb`, after a release build.
set(BULKDROP_MAINTAINER "bulkdrop maintainers <maintainers@pam.example>" CACHE STRING
    "Who answers for the Debian package: Name <address>")

set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGE_NAME bulkdrop)
set(CPACK_PACKAGE_VERSION ${PROJECT_VERSION})
set(CPACK_PACKAGE_CONTACT ${BULKDROP_MAINTAINER})
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "terminates privileged remote sessions in bulk")
set(CPACK_PACKAGE_DESCRIPTION
"bulkdrop reads session IDs from an export (CSV, JSON lines, JSON, plain text or
a log), sends one drop request per session to Segura (senhasegura) PAM Core
through a bounded pool of connections, and leaves a record that says, for every
single input row, what became of that session and how that is known.
.
bulkdrop-sandbox, an emulator of the server for rehearsals, comes with it.")
set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
set(CPACK_PACKAGE_DIRECTORY ${PROJECT_BINARY_DIR}/package)
set(CPACK_STRIP_FILES ON)
set(CPACK_INSTALL_DEFAULT_DIRECTORY_PERMISSIONS
    OWNER_READ OWNER_WRITE OWNER_EXECUTE GROUP_READ GROUP_EXECUTE WORLD_READ WORLD_EXECUTE)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_SECTION admin)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
# TLS without authorities of its own, and times in the zone of the server.
set(CPACK_DEBIAN_PACKAGE_RECOMMENDS "ca-certificates, tzdata")
set(CPACK_DEBIAN_PACKAGE_CONTROL_STRICT_PERMISSION ON)
# What Debian wants in a package and `cmake --install` does not do.
set(CPACK_PRE_BUILD_SCRIPTS ${PROJECT_SOURCE_DIR}/src/install/debian_layout.cmake)
set(CPACK_BULKDROP_PACKAGING ${PROJECT_SOURCE_DIR}/src/install)
set(CPACK_BULKDROP_DATE ${BULKDROP_DATE})
include(CPack)
