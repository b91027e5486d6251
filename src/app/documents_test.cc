#include "app/api_routes.h"
#include "app/command_line/reference.h"
#include "app/commands.h"
#include "app/served_api_test.h"
#include "kit/base/codec/golden_test.h"
#include "pay/api/problems.h"

#include <gmock/gmock.h>

#include <algorithm>
#include <fstream>
#include <set>
#include <sstream>

namespace remit::app {
namespace {

using testing::HasSubstr;
using testing::Not;

/// What is checked in below docs/ is what the code says.
void expect_current(const std::string& file, const std::string& text, std::string_view subcommand) {
  std::ifstream stream(std::filesystem::path(kSourceDir) / "docs" / file);
  std::stringstream stored;
  stored << stream.rdbuf();
  EXPECT_TRUE(stored.str() == text)
      << "docs/" << file << " is not what the code says; refresh it: build/dev/remit " << subcommand
      << " >docs/" << file;
}

TEST(Documents, AreWhatTheCodeSays) {
  const ApiDescription api;
  expect_current("openapi.json", api.openapi(), "openapi");
  expect_current("asyncapi.json", asyncapi(), "asyncapi");
  expect_current("errors.md", api.errors(), "errors");
  int exit = 0;
  CLI::App program("", "remit");
  add_commands(program, exit);
  expect_current("command-line.md", command_line_reference(command_tree(program)), "reference");
}

TEST(Documents, EveryProblemThatIsExplainedHasAnOperationThatAnswersWithIt) {
  const ApiDescription api;
  std::set<std::string_view> answered = {"route_not_found", "method_not_allowed", "request_timeout",
                                         "header_too_large", "expectation_failed"};
  for (const api::Operation& operation : api.gateway().operations()) {
    for (const std::string_view code : api::problem_codes(operation)) {
      EXPECT_TRUE(std::ranges::count(api.gateway().problems(), code, &api::ProblemKind::code) == 1)
          << operation.id << " names " << code;
      answered.insert(code);
    }
  }
  for (const api::ProblemKind& kind : api.gateway().problems()) {
    EXPECT_TRUE(answered.contains(kind.code)) << kind.code;
  }
}

TEST(Documents, EveryOperationSaysWhatItIs) {
  const ApiDescription api;
  std::set<std::string_view> ids;
  for (const api::Operation& operation : api.gateway().operations()) {
    EXPECT_TRUE(ids.insert(operation.id).second) << operation.id;
    EXPECT_FALSE(operation.summary.empty() || operation.tag.empty()) << operation.path;
    EXPECT_EQ(operation.path.contains('{'), !operation.path_parameters.empty()) << operation.path;
    EXPECT_EQ(operation.scope.has_value(), !operation.ways.empty()) << operation.path;
  }
}

/// As anybody reads them, without a key.
class ServedDocuments : public ServedApi {
 protected:
  Answer read(const std::string& path) {
    return send({.method = "GET", .url = server_->url() + path});
  }
};

TEST_F(ServedDocuments, AreThoseOfTheCommandLine) {
  EXPECT_EQ(read("/v1/openapi.json").response.body, ApiDescription().openapi());
  EXPECT_EQ(read("/v1/asyncapi.json").response.body, asyncapi());
  EXPECT_EQ(read("/v1/openapi.json").header("Content-Type"), "application/json");
}

TEST_F(ServedDocuments, ThePageRunsItsOwnScriptAndNothingElse) {
  const Answer page = read("/docs");
  EXPECT_EQ(page.status, 200);
  EXPECT_THAT(page.header("Content-Type"), HasSubstr("text/html"));
  const std::string policy = page.header("Content-Security-Policy");
  EXPECT_THAT(policy, HasSubstr("default-src 'none'"));
  EXPECT_THAT(policy, Not(HasSubstr("unsafe")));
  EXPECT_THAT(page.response.body, Not(HasSubstr("http://")));
  EXPECT_THAT(page.response.body, Not(HasSubstr("https://")));
  for (const std::string_view tag : {"script", "style"}) {
    const std::string begin = fmt::format("<{}>", tag);
    const std::size_t from = page.response.body.find(begin) + begin.size();
    const std::size_t to = page.response.body.find(fmt::format("</{}>", tag));
    ASSERT_LT(from, to);
    const std::string text = page.response.body.substr(from, to - from);
    EXPECT_THAT(policy, HasSubstr(fmt::format("{}-src 'sha256-{}'", tag,
                                              to_base64(view_of(sha256(as_bytes(text)))))));
  }
}

}  // namespace
}  // namespace remit::app
