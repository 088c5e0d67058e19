# Compiler settings and the libraries of Debian 12 that the targets link to (docs: shared design, section 3).
set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_POSITION_INDEPENDENT_CODE OFF)
set(CMAKE_CXX_FLAGS_RELEASE "-O2 -DNDEBUG")

find_program(CCACHE ccache)
if(CCACHE)
    # Precompiled headers hit the cache only when their time stamps do not count.
    set(CMAKE_CXX_COMPILER_LAUNCHER
        ${CMAKE_COMMAND} -E env CCACHE_SLOPPINESS=pch_defines,time_macros,include_file_mtime,include_file_ctime
        ${CCACHE}
    )
    add_compile_options("$<$<COMPILE_LANG_AND_ID:CXX,Clang>:SHELL:-Xclang -fno-pch-timestamp>")
endif()
if(CMAKE_CXX_COMPILER_ID MATCHES "Clang")
    add_link_options(-fuse-ld=lld)
endif()
if(ESM_SANITIZE)
    add_compile_options(-fsanitize=${ESM_SANITIZE} -fno-omit-frame-pointer -fno-sanitize-recover=all)
    add_link_options(-fsanitize=${ESM_SANITIZE})
endif()
add_compile_definitions(
    BOOST_ASIO_SEPARATE_COMPILATION
    BOOST_BEAST_SEPARATE_COMPILATION
    BOOST_ASIO_NO_DEPRECATED
    SPDLOG_COMPILED_LIB
    SPDLOG_FMT_EXTERNAL
    FMT_SHARED
)

find_package(Threads REQUIRED)
find_package(Boost 1.81 REQUIRED COMPONENTS json url)
find_package(OpenSSL REQUIRED)
find_package(Protobuf REQUIRED)
find_package(absl REQUIRED)
find_package(CURL REQUIRED)
find_package(spdlog REQUIRED)
find_package(fmt REQUIRED)
find_package(prometheus-cpp REQUIRED COMPONENTS core)
find_package(GTest REQUIRED)
find_package(PkgConfig REQUIRED)
foreach(module grpc++ libpq sqlite3 rdkafka++ libsodium libmagic vips-cpp gmodule-2.0 libseccomp simdjson zlib libzstd jemalloc)
    string(MAKE_C_IDENTIFIER ${module} id)
    pkg_check_modules(${id} REQUIRED IMPORTED_TARGET ${module})
endforeach()
# Their -pthread would keep the precompiled headers from being shared; Threads::Threads is linked anyway.
set_target_properties(PkgConfig::vips_cpp PkgConfig::gmodule_2_0 PROPERTIES INTERFACE_COMPILE_OPTIONS "")
# Debian ships this one without a pkg-config file.
find_library(GRPC_REFLECTION_LIBRARY grpc++_reflection REQUIRED)
find_path(HPDF_INCLUDE_DIR hpdf.h REQUIRED)
find_library(HPDF_LIBRARY hpdf REQUIRED)
find_path(ZXCVBN_INCLUDE_DIR zxcvbn.h REQUIRED)
find_library(ZXCVBN_LIBRARY zxcvbn REQUIRED)
find_program(PROTOC protoc REQUIRED)
find_program(GRPC_CPP_PLUGIN grpc_cpp_plugin REQUIRED)
# Debian's own interpreter: it is the one that python3-yaml is installed for.
find_program(PYTHON3 python3 PATHS /usr/bin REQUIRED NO_DEFAULT_PATH)
