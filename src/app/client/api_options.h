#pragma once

#include "app/client/api_client.h"
#include "app/table.h"

#include <CLI/App.hpp>

#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace remit::app {

/// How a command reaches the API; the same for all that do.
struct ApiOptions {
  std::string url = "https://127.0.0.1:8443";
  std::string
      authorities;       ///< PEM file of who signed the server's certificate; empty: the system's.
  std::string key_file;  ///< Empty: REMIT_API_KEY.
  std::string idempotency_key;
  std::uint32_t timeout_seconds = 20;
  std::uint32_t tries_max = 5;
  bool json = false;
};

/// Adds --url, --ca, --key-file, --timeout, --tries and --json.
void add_api_options(CLI::App& command, ApiOptions& options);
/// Adds --idempotency-key, for what changes something.
void add_idempotency_key(CLI::App& command, ApiOptions& options);
/// Where a list begins and ends.
struct PageOptions {
  std::size_t limit = 20;
  std::string cursor;
};
void add_page_options(CLI::App& command, PageOptions& options);
/// "?limit=20&status=settled": the page, and of the pairs those that are not empty.
std::string query_of(const PageOptions& page,
                     const std::vector<std::pair<std::string_view, std::string>>& filters);

/// REMIT_API_KEY is set, or a file named: the API is meant.
bool has_api_key(const ApiOptions& options);

/// Where the options lead. Fails as InvalidArgument: no key, one that is none, or plain HTTP to another machine, by which the
/// key would be read on the way.
Result<ApiTarget> api_target(const ApiOptions& options);

/// Commands' way to the API.
class ApiSession {
 public:
  static Result<std::unique_ptr<ApiSession>> open(const ApiOptions& options);
  ~ApiSession();

  /// GET.
  Result<std::string> read(std::string path);
  /// Under the key that the options name, or one of its own, which is told on standard error before anything is sent:
  /// whoever interrupts the command knows it. `part` tells apart several requests of one command.
  Result<std::string> change(std::string method, std::string path, std::string body,
                             std::string_view part = {});
  const ApiOptions& options() const { return options_; }

 private:
  struct Parts;
  ApiSession(ApiOptions options, std::unique_ptr<Parts> parts);

  ApiOptions options_;
  std::unique_ptr<Parts> parts_;
};

/// Runs with a session; what fails is reported with the problem's own remedy beside what the server said. Returns the exit
/// code, 2 when the options lead nowhere.
int with_api(const ApiOptions& options, const std::function<Result<void>(ApiSession&)>& run);

/// Prints the page's items as a table, or the page as it is; a table says on standard error how to go on.
void print_page(const std::string& body, bool json, const std::vector<Column>& columns);
/// Prints the id of what was made or changed, or all of it as JSON.
void print_id(const std::string& body, bool json);

}  // namespace remit::app
