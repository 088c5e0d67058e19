// `esm version` and `esm completion`.
#include <iostream>

#include "app/commands.hpp"
#include "app/process.hpp"

namespace esm::app {

namespace {

// The words after each word, as the shells need them.
std::string subcommands(const CLI::App& command) {
    std::string words;
    for (const auto* each : command.get_subcommands([](const CLI::App*) { return true; })) {
        if (!words.empty()) words += ' ';
        words += each->get_name();
    }
    return words;
}

void print_bash(const CLI::App& cli) {
    std::cout
        << "_esm() {\n    local word=\"${COMP_WORDS[COMP_CWORD]}\" words=\n    case \"${COMP_WORDS[1]}\" in\n"
        << fmt::format(
               "        serve|migrate) words=\"all {}\" ;;\n", fmt::join(process::service_names(), " ")
           )
        << "        admin) words=\"create\" ;;\n        completion) words=\"bash zsh\" ;;\n    esac\n"
        << fmt::format("    [ \"$COMP_CWORD\" -eq 1 ] && words=\"{}\"\n", subcommands(cli))
        << "    COMPREPLY=($(compgen -W \"$words --help\" -- \"$word\"))\n}\ncomplete -F _esm esm\n";
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
