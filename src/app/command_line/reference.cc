#include "app/command_line/reference.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <string_view>

namespace remit::app {
namespace {

constexpr std::string_view kIntroduction =
    R"md(# The command line

Written by `remit reference` from the code; `remit reference >docs/command-line.md` refreshes it. `remit COMMAND --help` says the
same.

## Who asks whom

| | asks | by | sees |
|---|---|---|---|
| `remit clients`, `keys`, `flows`, `deadletters`, `approvals`, `audit`, `backup` | a server on this machine | )md"
    R"md(its local socket in `--data`, which the kernel opens to the server's own user or )md"
    R"md(the group of the operators | everything |
| `remit webhooks`, `refunds`, `payers`, `payments create`, `cancel`, `wait` | a server anywhere | the public API, )md"
    R"md(with an API key | what belongs to the key's client |
| `remit payments list`, `show` | either | with `--data` the local socket; )md"
    R"md(else with an API key the API; with neither the local socket in `remit-data` | as above |
| `remit banks` | the banks of the configuration | their own APIs, with the configuration's certificates | our registrations |
| all others | nobody: they are a server, or read files | | |

`remit keys` is about the keys that seal data. API keys are made by `remit clients add-key`.

## An API key's holder

The key is in `REMIT_API_KEY`, or in a file that `--key-file` names; never on a command line, which others on the machine can
read. `REMIT_API_URL` or `--url` says where the API is, `REMIT_API_CA` or `--ca` who signed its certificate. It is https,
but for a server on the same machine.

```
export REMIT_API_URL=https://127.0.0.1:8443 REMIT_API_CA=remit-sandbox/ca.pem REMIT_API_KEY=...
payment=$(remit payments create --amount 1250 --creditor-name "Fern & Sons Ltd" --sort-code 204514 \
  --account-number 10000001 --reference "INV 0001")
remit payments wait $payment --until awaiting_authorisation     # prints where to send the payer
remit payments wait $payment && remit refunds create $payment --amount 500
```

**What changes something happens once.** Each such command has an idempotency key: the one given by `--idempotency-key`, or a
new one that it prints on standard error before it sends anything. No answer, 429, 502, 503 and 504 are tried again under
that key, `--tries` times in all, after pauses that grow and are never shorter than the server's `Retry-After`. When it gives
up, or you interrupt it, run the same command again with `--idempotency-key`.

## What it prints

What was asked for goes to standard output, everything else to standard error. Lists are tables, cut to the terminal's width and
whole when standard output is none; one thing is shown as JSON; what was made is shown by its id. With `--json` all of it is
JSON, and so are errors: `{"code": ..., "detail": ..., "field": ..., "remedy": ...}`. Moments are RFC 3339 in UTC,
amounts minor units. Nothing is coloured, with or without `NO_COLOR`; progress is shown on terminals only.

| exit code | |
|---|---|
| 0 | done |
| 1 | refused, or failed: the message says what to do; the same again would end the same |
| 2 | the command cannot be meant so, or its options lead nowhere |
| 3 | nobody was reached, or what became of it is not known: run the same again, with the same `--idempotency-key` if it has one |

## Completion

```
source <(remit completion bash)                                  # in ~/.bashrc
remit completion zsh >"${fpath[1]}/_remit"                       # zsh
remit completion fish >~/.config/fish/completions/remit.fish     # fish
```

## Commands
)md";

/// Within a cell of a table.
std::string cell(std::string_view text) {
  std::string result;
  for (const char c : text) {
    if (c == '|') result += '\\';
    result += c == '\n' ? ' ' : c;
  }
  return result;
}

std::string placeholder(const Argument& argument) {
  switch (argument.kind) {
    case ArgumentKind::Flag:
      return "";
    case ArgumentKind::File:
      return " FILE";
    case ArgumentKind::Directory:
      return " DIRECTORY";
    default:
      return " ...";
  }
}

std::string described(const Argument& argument) {
  std::string text = argument.description;
  if (!argument.choices.empty()) {
    text += fmt::format("{}`{}`", text.empty() ? "" : ": ", fmt::join(argument.choices, "`, `"));
  }
  if (!argument.default_value.empty()) text += fmt::format(" (`{}`)", argument.default_value);
  if (!argument.variable.empty()) text += fmt::format("; `{}`", argument.variable);
  if (argument.required) text += "; required";
  return cell(text);
}

bool is_help(const Argument& option) {
  return option.names.front() == "--help";
}

std::string usage(const Command& command) {
  std::string text = command.path;
  for (const Argument& positional : command.positionals) {
    std::string name = positional.names.front();
    for (char& c : name) c = c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
    text += positional.required ? " " + name : fmt::format(" [{}]", name);
  }
  return text;
}

std::string table_of(const Command& command) {
  std::string table;
  const auto row = [&table](const std::string& name, const std::string& text) {
    if (table.empty()) table = "\n| | |\n|---|---|\n";
    table += fmt::format("| {} | {} |\n", name, text);
  };
  for (const Argument& positional : command.positionals) {
    std::string name = positional.names.front();
    for (char& c : name) c = c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
    row(name, described(positional));
  }
  for (std::size_t i = 0; i < command.own_options; ++i) {
    const Argument& option = command.options[i];
    if (is_help(option)) continue;
    row(fmt::format("`{}{}`", option.names.front(), placeholder(option)), described(option));
  }
  return table;
}

void add(std::string& text, const Command& command, int depth) {
  text += fmt::format("\n{} `{}`\n\n{}\n{}", std::string(static_cast<std::size_t>(depth), '#'),
                      usage(command), command.description, table_of(command));
  for (const Command& below : command.commands) add(text, below, 4);
}

}  // namespace

std::string command_line_reference(const Command& program) {
  std::string text(kIntroduction);
  for (const Command& command : program.commands) add(text, command, 3);
  return text;
}

}  // namespace remit::app
