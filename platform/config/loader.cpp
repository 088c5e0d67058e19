// Merges defaults, file, environment and flags into values (values.hpp) and gathers every problem on the way.
#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>

#include "platform/config/nearest.hpp"
#include "platform/config/toml_file.hpp"
#include "platform/config/value_text.hpp"
#include "platform/config/values.hpp"

namespace esm::config {

namespace {

constexpr std::size_t secret_file_max_bytes = 64 * 1024;
constexpr std::string_view file_suffix = "_FILE";
// Variables of our tests, benchmarks, scripts and client commands, which share the prefix but set nothing.
constexpr std::array<std::string_view, 5> tools_own{
    "ESM_TEST_", "ESM_BENCH_", "ESM_BINARY", "ESM_URL", "ESM_WORKER_"
};

using entry_map = std::map<std::string, values::entry, std::less<>>;

std::string key_of(const property& declared) {
    return fmt::format("{}.{}", declared.section, declared.name);
}

struct file_text {
    std::string text;
    std::string problem;
};

// The content of a secret's file without the newline that editors put at its end.
file_text read_secret(const std::string& path) {
    const int file = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
    if (file < 0) return {{}, fmt::format("{}: {}", path, std::strerror(errno))};
    std::string text(secret_file_max_bytes + 1, '\0');
    std::size_t size = 0;
    ssize_t got = 0;
    while (size < text.size() && (got = ::read(file, text.data() + size, text.size() - size)) > 0) {
        size += static_cast<std::size_t>(got);
    }
    const int failure = got < 0 ? errno : 0;
    ::close(file);
    if (failure != 0) return {{}, fmt::format("{}: {}", path, std::strerror(failure))};
    if (size > secret_file_max_bytes) return {{}, fmt::format("{}: is larger than 64 KiB", path)};
    text.resize(size);
    if (text.ends_with('\n')) text.pop_back();
    if (text.ends_with('\r')) text.pop_back();
    return {std::move(text), {}};
}

class merger {
public:
    explicit merger(std::span<const property> declared) {
        for (const auto& each : declared) {
            const auto known = canonicalise(each, each.default_value);
            if (!known.problem.empty()) {
                throw std::logic_error(fmt::format("default of {} {}", key_of(each), known.problem));
            }
            entries_.emplace(key_of(each), values::entry{each, known.text, "default"});
            keys_.push_back(key_of(each));
            environment_names_.push_back(environment_name(each));
            flag_names_.push_back(flag_name(each));
        }
    }

    void take_file(const std::string& path) {
        auto content = read_toml(path);
        std::move(content.problems.begin(), content.problems.end(), std::back_inserter(problems_));
        for (const auto& given : content.values) {
            const std::string origin = fmt::format("file {}", path);
            const std::string where = fmt::format("{}, line {}", origin, given.line);
            const auto found = entries_.find(given.key);
            if (found == entries_.end()) {
                unknown(fmt::format("{} ({})", given.key, where), nearest_name(given.key, keys_));
            } else if (given.is_list && found->second.declared.type != type::string_list) {
                problems_.push_back(fmt::format("{} ({}): must be one value, not a list", given.key, where));
            } else {
                assign(found->second, given.text, origin, where);
            }
        }
    }

    void take_environment(const std::vector<std::pair<std::string, std::string>>& variables) {
        for (const auto& [name, value] : variables) {
            const auto is_own = [&name = name](std::string_view prefix) { return name.starts_with(prefix); };
            if (!name.starts_with("ESM_") || std::any_of(tools_own.begin(), tools_own.end(), is_own))
                continue;
            const std::string origin = fmt::format("environment {}", name);
            if (auto* known = by_name(environment_names_, name)) {
                assign(*known, value, origin, origin);
            } else if (name.ends_with(file_suffix)) {
                take_secret_file(name, value, variables);
            } else {
                unknown(fmt::format("{} (environment)", name), nearest_name(name, environment_names_));
            }
        }
    }

    void take_flags(const std::vector<std::pair<std::string, std::string>>& flags) {
        for (const auto& [given, value] : flags) {
            std::string flag = fmt::format("--{}", given);
            std::replace(flag.begin() + 2, flag.end(), '_', '-');
            auto* known = by_name(flag_names_, flag);
            if (known == nullptr) {
                unknown(flag, nearest_name(flag, flag_names_));
            } else if (known->declared.secret) {
                // Every user of the machine can read another's arguments.
                const auto name = environment_name(known->declared);
                problems_.push_back(
                    fmt::format("{}: a secret is no argument; set {} or {}_FILE instead", flag, name, name)
                );
            } else {
                assign(*known, value, fmt::format("flag {}", flag), fmt::format("flag {}", flag));
            }
        }
    }

    entry_map finish() {
        if (problems_.empty()) return std::move(entries_);
        throw invalid_configuration(fmt::format("{}", fmt::join(problems_, "\n")));
    }

private:
    values::entry* by_name(const std::vector<std::string>& names, std::string_view name) {
        const auto found = std::find(names.begin(), names.end(), name);
        if (found == names.end()) return nullptr;
        return &entries_.find(keys_[static_cast<std::size_t>(found - names.begin())])->second;
    }

    void assign(
        values::entry& to, std::string_view given, const std::string& origin, std::string_view where
    ) {
        auto made = canonicalise(to.declared, given);
        if (!made.problem.empty()) {
            const std::string shown = to.declared.secret ? "" : fmt::format(" \"{}\"", given);
            problems_.push_back(fmt::format("{} ({}):{} {}", key_of(to.declared), where, shown, made.problem)
            );
            return;
        }
        to.value = std::move(made.text);
        to.origin = origin;
    }

    void take_secret_file(
        const std::string& name,
        const std::string& path,
        const std::vector<std::pair<std::string, std::string>>& variables
    ) {
        const std::string plain = name.substr(0, name.size() - file_suffix.size());
        auto* known = by_name(environment_names_, plain);
        if (known == nullptr) {
            return unknown(fmt::format("{} (environment)", name), nearest_name(name, environment_names_));
        }
        if (!known->declared.secret) {
            problems_.push_back(
                fmt::format("{} (environment): only secrets are given by file; set {}", name, plain)
            );
            return;
        }
        const auto is_plain = [&](const auto& each) { return each.first == plain; };
        if (std::any_of(variables.begin(), variables.end(), is_plain)) {
            problems_.push_back(fmt::format("{} (environment): {} is set too; set one of them", name, plain));
            return;
        }
        auto secret = read_secret(path);
        const std::string origin = fmt::format("environment {}", name);
        if (!secret.problem.empty()) {
            problems_.push_back(fmt::format("{} ({}): {}", key_of(known->declared), origin, secret.problem));
            return;
        }
        assign(*known, secret.text, origin, origin);
    }

    void unknown(const std::string& what, const std::string& nearest) {
        const std::string hint = nearest.empty() ? "" : fmt::format("; did you mean {}?", nearest);
        problems_.push_back(fmt::format("{}: there is no such setting{}", what, hint));
    }

    entry_map entries_;
    // Three forms of the same names, in one order.
    std::vector<std::string> keys_, environment_names_, flag_names_;
    std::vector<std::string> problems_;
};

}  // namespace

values loader::load(std::span<const property> declared, const sources& from) {
    merger merged(declared);
    if (!from.file.empty()) merged.take_file(from.file);
    merged.take_environment(from.environment);
    merged.take_flags(from.flags);
    values effective;
    effective.entries_ = merged.finish();
    return effective;
}

std::string environment_name(const property& declared) {
    std::string name = fmt::format("ESM_{}_{}", declared.section, declared.name);
    for (char& c : name) c = c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
    return name;
}

std::string flag_name(const property& declared) {
    std::string name = fmt::format("--{}.{}", declared.section, declared.name);
    std::replace(name.begin() + 2, name.end(), '_', '-');
    return name;
}

}  // namespace esm::config
