// `esm certs`: the certificates by which services prove themselves to each other on internal gRPC, for
// development. The authority stays in the folder and is used again; services get new ones at each run.
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iostream>

#include "app/certificates.hpp"
#include "app/commands.hpp"
#include "app/process.hpp"

namespace esm::app {

namespace {

namespace files = std::filesystem;

constexpr int authority_days = 3650;
constexpr int days_max = 825;  // what verifiers take at most from authorities of one's own
constexpr std::size_t name_max = 40;
constexpr mode_t for_everybody = 0644;
constexpr mode_t for_the_owner = 0600;

struct certs_options {
    std::string folder;
    std::vector<std::string> hosts, services;
    int days{365};
};

// The name of a service in the compose files; empty for what is none of our services.
std::string_view compose_name(std::string_view service) {
    if (service == "users") return "usermanagement-service";
    if (service == "auth") return "auth-service";
    if (service == "tasks") return "taskprocessing-service";
    if (service == "notifications") return "notification-service";
    return {};
}

std::string why_not_a_name(const std::string& text) {
    const bool fits = !text.empty() && text.size() <= name_max && text != "ca" && is_host(text) &&
                      text.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789-") == std::string::npos;
    return fits ? ""
                : fmt::format(
                      "\"{}\" is no name for a service: up to {} of a-z, 0-9 and -, and not \"ca\"",
                      text,
                      name_max
                  );
}

std::string why_not_a_host(const std::string& text) {
    return is_host(text) ? "" : fmt::format("\"{}\" is no DNS name and no IP address", text);
}

[[noreturn]] void fail_with_errno(const files::path& path, const char* doing) {
    throw std::runtime_error(fmt::format("cannot {} {}: {}", doing, path.string(), std::strerror(errno)));
}

// Under another name first, so that nobody ever reads half a key or one that others may read.
void write_file(const files::path& path, const std::string& text, mode_t mode) {
    const std::string draft = path.string() + ".new";
    ::unlink(draft.c_str());
    const int file = ::open(draft.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, for_the_owner);
    if (file < 0) fail_with_errno(draft, "write");
    const bool written = ::write(file, text.data(), text.size()) == static_cast<ssize_t>(text.size()) &&
                         ::fchmod(file, mode) == 0 && ::fsync(file) == 0;
    const int failure = errno;
    ::close(file);
    if (written && ::rename(draft.c_str(), path.c_str()) == 0) return;
    if (!written) errno = failure;
    const int reason = errno;
    ::unlink(draft.c_str());
    errno = reason;
    fail_with_errno(path, "write");
}

void write_pair(const files::path& folder, const std::string& name, const certificate_pair& pair) {
    write_file(folder / (name + ".key"), pair.key_pem, for_the_owner);
    write_file(folder / (name + ".crt"), pair.certificate_pem, for_everybody);
}

std::string read_file(const files::path& path) {
    std::ifstream file(path);
    std::string text((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
    if (!file && !file.eof()) fail_with_errno(path, "read");
    return text;
}

certificate_authority open_authority(const files::path& folder) {
    const auto certificate = folder / "ca.crt";
    const auto key = folder / "ca.key";
    if (!files::exists(certificate) && !files::exists(key)) {
        auto made = certificate_authority::make(authority_days);
        write_pair(folder, "ca", made.pem());
        std::cout << fmt::format("ca.crt, ca.key: a new authority, good until {}\n", made.pem().good_until);
        return made;
    }
    for (const auto& each : {certificate, key}) {
        if (files::exists(each)) continue;
        throw std::runtime_error(fmt::format(
            "{} is missing beside the rest of the authority: put it back, or choose another folder",
            each.string()
        ));
    }
    try {
        auto known = certificate_authority::read(read_file(certificate), read_file(key));
        std::cout << fmt::format(
            "ca.crt, ca.key: the authority that was there, good until {}\n", known.pem().good_until
        );
        return known;
    } catch (const std::runtime_error& problem) {
        throw std::runtime_error(fmt::format(
            "the authority in {} cannot be used: {}; choose another folder, or remove both files and give "
            "every service a new certificate",
            folder.string(),
            problem.what()
        ));
    }
}

void print_next_steps(const files::path& folder, const std::string& service) {
    const auto path = [&](const std::string& name) { return (folder / name).string(); };
    std::cout << fmt::format(
        "\nNext: give each service its own certificate, all of them at once, as here for {0}:\n"
        "  ESM_SYSTEM_GRPC_CERT_FILE={1}\n"
        "  ESM_SYSTEM_GRPC_KEY_FILE={2}\n"
        "  ESM_SYSTEM_GRPC_CA_FILE={3}\n"
        "(--system.grpc-cert-file and so on as flags, system.grpc_cert_file and so on in a file.)\n"
        "Keep ca.key away from the services: who has it can be any of them.\n",
        service,
        path(service + ".crt"),
        path(service + ".key"),
        path("ca.crt")
    );
}

int make_certificates(const certs_options& given) {
    const auto services = given.services.empty() ? process::service_names() : given.services;
    std::error_code failure;
    files::create_directories(given.folder, failure);
    if (failure || !files::is_directory(given.folder)) {
        throw std::runtime_error(fmt::format(
            "cannot make the folder {}: {}", given.folder, failure ? failure.message() : "it is a file"
        ));
    }
    const auto folder = files::canonical(given.folder);
    const auto authority = open_authority(folder);
    for (const auto& name : services) {
        std::vector<std::string> hosts{"localhost", "127.0.0.1", "::1", name};
        if (const auto other = compose_name(name); !other.empty()) hosts.emplace_back(other);
        hosts.insert(hosts.end(), given.hosts.begin(), given.hosts.end());
        const auto made = authority.issue(name, hosts, given.days);
        write_pair(folder, name, made);
        std::cout << fmt::format(
            "{0}.crt, {0}.key: good until {1} for {2}\n", name, made.good_until, fmt::join(hosts, " ")
        );
    }
    print_next_steps(folder, services.front());
    return 0;
}

}  // namespace

void add_certs(CLI::App& cli, action& chosen) {
    auto* command = cli.add_subcommand("certs", "Make certificates for internal gRPC, for development");
    auto given = std::make_shared<certs_options>();
    command->add_option("folder", given->folder, "Where they are written; an authority in it is used again")
        ->required();
    command
        ->add_option("--host", given->hosts, "Another DNS name or address of the services; repeat for more")
        ->allow_extra_args(false)
        ->check(CLI::Validator(why_not_a_host, "HOST"));
    command->add_option("--days", given->days, "How long the services' certificates are good")
        ->check(CLI::Range(1, days_max))
        ->capture_default_str();
    command->add_option("--service", given->services, "Only for these; repeat for more, or join by commas")
        ->allow_extra_args(false)
        ->delimiter(',')
        ->check(CLI::Validator(why_not_a_name, "NAME"));
    command->footer(
        "Examples:\n"
        "  esm certs certs                                    an authority and all four services\n"
        "  esm certs certs --host db1.internal --days 90      reached under another name as well\n"
        "  esm certs certs --service tasks                    a new certificate for one of them\n"
        "Each run makes new keys and certificates for the services; restart those that have them. Then every "
        "service\n"
        "needs system.grpc_cert_file, system.grpc_key_file and system.grpc_ca_file: the output shows them. "
        "With "
        "a PKI of\n"
        "your own use its certificates in the same settings: the common name is users, auth, tasks or "
        "notifications."
    );
    command->callback([given, &chosen] { chosen = [given] { return make_certificates(*given); }; });
}

}  // namespace esm::app
