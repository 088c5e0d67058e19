# Code made at build time by tools/generate/generate.py; nothing generated is committed but docs/configuration.md.
set(ESM_GENERATE "${PYTHON3}" "${CMAKE_SOURCE_DIR}/tools/generate/generate.py")
file(GLOB ESM_GENERATOR_SOURCES CONFIGURE_DEPENDS "${CMAKE_SOURCE_DIR}/tools/generate/*.py")

# esm_generate(TARGET KIND inputs… OUTPUT relative/path.hpp [ARGS …] [DEPENDS …])
function(esm_generate target kind)
    cmake_parse_arguments(ARG "" "OUTPUT" "INPUTS;ARGS;DEPENDS" ${ARGN})
    set(output "${CMAKE_BINARY_DIR}/gen/${ARG_OUTPUT}")
    add_custom_command(
        OUTPUT "${output}"
        COMMAND ${ESM_GENERATE} ${kind} ${ARG_INPUTS} ${ARG_ARGS} "${output}"
        DEPENDS ${ESM_GENERATOR_SOURCES} ${ARG_DEPENDS}
        COMMENT "Generating ${ARG_OUTPUT}"
    )
    # A target of its own: as a source of ${target} the command would wait for every library ${target} links to.
    string(MAKE_C_IDENTIFIER "generated_${ARG_OUTPUT}" id)
    add_custom_target(${id} DEPENDS "${output}")
    add_dependencies(${target} ${id})
    if(output MATCHES "\\.cpp$")
        target_sources(${target} PRIVATE "${output}")
    endif()
endfunction()

# The folder's sql/*.sql and migrations/*.sql become gen/<folder>/sql.hpp in namespace <ns>.
function(esm_generate_sql target namespace)
    file(RELATIVE_PATH folder "${CMAKE_SOURCE_DIR}" "${CMAKE_CURRENT_SOURCE_DIR}")
    file(GLOB files CONFIGURE_DEPENDS "${CMAKE_CURRENT_SOURCE_DIR}/sql/*.sql"
         "${CMAKE_CURRENT_SOURCE_DIR}/migrations/*.sql")
    esm_generate(${target} sql INPUTS "${CMAKE_CURRENT_SOURCE_DIR}" ${namespace}
                 OUTPUT "${folder}/sql.hpp" DEPENDS ${files})
endfunction()

# The folder's config.yaml becomes gen/<folder>/config.hpp in namespace <ns>.
function(esm_generate_config target namespace)
    file(RELATIVE_PATH folder "${CMAKE_SOURCE_DIR}" "${CMAKE_CURRENT_SOURCE_DIR}")
    set(file "${CMAKE_CURRENT_SOURCE_DIR}/config.yaml")
    esm_generate(${target} config INPUTS "${file}" ARGS --namespace ${namespace}
                 OUTPUT "${folder}/config.hpp" DEPENDS "${file}")
endfunction()

# contracts/openapi/<service>.yaml becomes gen/services/<service>/contract.hpp in namespace esm::<service>.
function(esm_generate_contract target service)
    # Contracts refer to each other and to the task types' schemas.
    file(GLOB files CONFIGURE_DEPENDS "${CMAKE_SOURCE_DIR}/contracts/openapi/*.yaml"
         "${CMAKE_SOURCE_DIR}/contracts/task_types/*.json")
    esm_generate(${target} openapi INPUTS "${CMAKE_SOURCE_DIR}/contracts/openapi/${service}.yaml"
                 ARGS --namespace esm::${service} OUTPUT "services/${service}/contract.hpp" DEPENDS ${files})
endfunction()

set(error_codes "${CMAKE_BINARY_DIR}/gen/platform/base/error_codes.hpp")
add_custom_command(
    OUTPUT "${error_codes}"
    COMMAND ${ESM_GENERATE} errors "${CMAKE_SOURCE_DIR}/contracts/errors.yaml" "${error_codes}"
    DEPENDS ${ESM_GENERATOR_SOURCES} "${CMAKE_SOURCE_DIR}/contracts/errors.yaml"
    COMMENT "Generating platform/base/error_codes.hpp"
)
add_custom_target(esm_error_codes DEPENDS "${error_codes}")
