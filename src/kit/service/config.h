#pragma once

#include "kit/service/config_printer.h"
#include "kit/service/config_reader.h"

/// The configuration of a program as plain structs under BOOST_DESCRIBE_STRUCT: a struct of sections, each a struct of
/// fields, whose defaults are their initialisers.
///
///   struct HttpSection {
///     std::string address = "127.0.0.1:8080";
///     Duration request_timeout = std::chrono::seconds(30);
///     Secret password;   // from `password_file` or REMIT_HTTP_PASSWORD
///     static std::string_view describe(std::string_view key);   // optional: a sentence per key
///   };
///   BOOST_DESCRIBE_STRUCT(HttpSection, (), (address, request_timeout, password))
///   struct Config { HttpSection http; };
///   BOOST_DESCRIBE_STRUCT(Config, (), (http))
///
/// Fields may be std::string, bool, integers, Duration ("250ms", "5s", "10m"), std::filesystem::path, described enums (in
/// snake_case), Secret, std::optional of these, std::vector of these or of described structs (lists of tables), and
/// described structs. The environment wins over the file: REMIT_HTTP_ADDRESS.
namespace remit::service {

/// Where a configuration comes from. All of it is given, so that tests need no file and no process environment.
struct ConfigSource {
  std::string text;  ///< TOML; empty for the defaults.
  std::string path = "remit.toml";
  std::map<std::string, std::string> environment;
};

/// Reads all of it and reports every problem at once, a line each, with its place and what to do. Fails with
/// InvalidArgument `config_invalid` or `config_malformed`.
template <codec::DescribedStruct C>
Result<C> load_config(const ConfigSource& source) {
  const ConfigNode root = TRY(parse_config(source.text, source.path));
  C config;
  ConfigReader reader(source.environment);
  reader.read_table(&root, "REMIT", "", config);
  if (auto whole = reader.finish(); !whole) return std::unexpected(std::move(whole).error());
  return config;
}

/// The effective configuration as TOML, secrets masked.
template <codec::DescribedStruct C>
std::string print_config(const C& config) {
  ConfigPrinter printer(ConfigPrinter::Style::Effective);
  printer.table("", config);
  return printer.text();
}

/// A file that says nothing new: every key with its description, its environment variable and its default, commented out.
template <codec::DescribedStruct C>
std::string print_default_config() {
  ConfigPrinter printer(ConfigPrinter::Style::Commented);
  printer.table("", C{});
  return printer.text();
}

}  // namespace remit::service
