// `esm version` and `esm completion`.
#include <iostream>

#include "app/commands.hpp"
#include "app/process.hpp"

namespace esm::app {

namespace {

std::vector<const CLI::App*> children(const CLI::App& command) {
    return command.get_subcommands([](const CLI::App*) { return true; });
}

// What may follow a command; a nameless child is a group of its options.
std::vector<std::string> words_after(const CLI::App& command) {
    std::vector<std::string> words;
    for (const auto* each : children(command)) {
        if (!each->get_name().empty()) {
            words.push_back(each->get_name());
            continue;
        }
        for (auto& word : words_after(*each)) words.push_back(std::move(word));
    }
    for (const auto* each : command.get_options()) {
        for (const auto& name : each->get_lnames()) words.push_back("--" + name);
    }
    return words;
}

// One branch of the script's `case` a command: the words that may follow it.
void append_branches(std::string& branches, const CLI::App& command, const std::string& path) {
    auto words = fmt::to_string(fmt::join(words_after(command), " "));
    if (path == " serve" || path == " migrate") {
        words += fmt::format(" all {}", fmt::join(process::service_names(), " "));
    }
    if (path == " completion") words += " bash zsh";
    branches += fmt::format("        \"{}\") words=\"{}\" ;;\n", path, words);
    for (const auto* each : children(command)) {
        if (!each->get_name().empty()) append_branches(branches, *each, path + " " + each->get_name());
    }
}

// The path is those words before the cursor that name commands: options and values do not change it.
void print_bash(const CLI::App& cli) {
    std::string branches;
    append_branches(branches, cli, "");
    std::cout << "_esm_words() {\n    case \"$1\" in\n"
              << branches << "        *) return 1 ;;\n    esac\n}\n"
              << "_esm() {\n"
                 "    local word=\"${COMP_WORDS[COMP_CWORD]}\" words= path= each\n"
                 "    for each in \"${COMP_WORDS[@]:1:COMP_CWORD-1}\"; do\n"
                 "        _esm_words \"$path $each\" && path=\"$path $each\"\n"
                 "    done\n"
                 "    _esm_words \"$path\"\n"
                 "    COMPREPLY=($(compgen -W \"$words\" -- \"$word\"))\n"
                 "}\ncomplete -F _esm esm\n";
}

int print_completion(const CLI::App& cli, const std::string& shell) {
    if (shell == "zsh") std::cout << "autoload -U +X bashcompinit && bashcompinit\n";
    print_bash(cli);
    return 0;
}

}  // namespace

void add_version(CLI::App& cli, action& chosen) {
    auto* command = cli.add_subcommand("version", "Print the version");
    command->callback([&chosen] {
        chosen = [] {
            std::cout << "esm " << ESM_VERSION << '\n';
            return 0;
        };
    });
}

void add_completion(CLI::App& cli, action& chosen) {
    auto* command = cli.add_subcommand("completion", "Print a shell's completion script");
    auto shell = std::make_shared<std::string>("bash");
    command->add_option("shell", *shell, "bash or zsh")->check(CLI::IsMember({"bash", "zsh"}));
    command->footer("Example:\n  source <(esm completion bash)");
    command->callback([shell, &cli, &chosen] {
        chosen = [shell, &cli] { return print_completion(cli, *shell); };
    });
}

}  // namespace esm::app
