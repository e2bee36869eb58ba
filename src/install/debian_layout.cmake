# Run by CPack over the tree that is to become the Debian package: compressed pages, and changelog and copyright as
# Debian has them.
set(doc ${CPACK_TEMPORARY_DIRECTORY}/usr/share/doc/bulkdrop)
find_program(GZIP gzip REQUIRED)
find_program(PYTHON3 python3 REQUIRED)

file(GLOB pages ${CPACK_TEMPORARY_DIRECTORY}/usr/share/man/man1/*.1)
execute_process(COMMAND ${GZIP} -9n ${pages} COMMAND_ERROR_IS_FATAL ANY)

execute_process(COMMAND ${PYTHON3} ${CPACK_BULKDROP_PACKAGING}/debian_changelog.py ${doc}/CHANGELOG.md
                        ${CPACK_PACKAGE_VERSION} ${CPACK_BULKDROP_DATE} ${CPACK_PACKAGE_CONTACT}
                OUTPUT_FILE ${doc}/changelog COMMAND_ERROR_IS_FATAL ANY)
execute_process(COMMAND ${GZIP} -9n ${doc}/changelog COMMAND_ERROR_IS_FATAL ANY)
file(REMOVE ${doc}/CHANGELOG.md ${doc}/LICENSE)
file(COPY ${CPACK_BULKDROP_PACKAGING}/copyright DESTINATION ${doc}
     FILE_PERMISSIONS OWNER_READ OWNER_WRITE GROUP_READ WORLD_READ)
