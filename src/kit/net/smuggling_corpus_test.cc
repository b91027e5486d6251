#include "kit/base/result.h"
#include "kit/net/problem.h"
#include "kit/net/raw_client_test.h"
#include "kit/net/server.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <mutex>
#include <sstream>
#include <vector>

namespace remit {
extern const char* const kSourceDir;
}

namespace remit::net {
namespace {

/// A raw request of tests/corpus/http_smuggling and what must become of it.
struct Case {
  std::string name;
  std::string bytes;
  std::string served_as;  ///< Empty: refused.
};

std::filesystem::path corpus() {
  return std::filesystem::path(kSourceDir) / "tests/corpus/http_smuggling";
}

std::string read(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

std::string without_escapes(std::string text) {
  for (const auto& [escape, byte] : {std::pair("\\r", '\r'), std::pair("\\n", '\n')}) {
    for (std::size_t at = 0; (at = text.find(escape, at)) != std::string::npos;) {
      text.replace(at, 2, 1, byte);
    }
  }
  return text;
}

std::vector<Case> read_cases() {
  std::vector<Case> cases;
  std::istringstream lines(read(corpus() / "outcomes.tsv"));
  for (std::string line; std::getline(lines, line);) {
    if (line.starts_with('#')) continue;
    const std::size_t name = line.find('\t');
    const std::size_t outcome = line.find('\t', name + 1);
    Case one{.name = line.substr(0, name), .bytes = {}, .served_as = {}};
    one.bytes = read(corpus() / (one.name + ".http"));
    EXPECT_FALSE(one.bytes.empty()) << one.name;
    const bool served = outcome != std::string::npos;
    EXPECT_EQ(line.substr(name + 1, outcome - name - 1), served ? "served" : "refused") << line;
    if (served) one.served_as = without_escapes(line.substr(outcome + 1));
    cases.push_back(std::move(one));
  }
  return cases;
}

constexpr std::string_view kSentinel =
    "GET /sentinel HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n";

std::size_t count_of(std::string_view text, std::string_view part) {
  std::size_t found = 0;
  for (std::size_t at = 0; (at = text.find(part, at)) != std::string_view::npos; ++at) ++found;
  return found;
}

/// Plays the corpus against a server, each request with a second one behind it.
class SmugglingCorpus : public testing::TestWithParam<std::size_t> {
 protected:
  void SetUp() override {
    auto server = HttpServer::start({}, [this](const HttpRequest& request, Responder respond) {
      {
        const std::lock_guard lock(mutex_);
        seen_.push_back(fmt::format("{} {} [{}] [{}]", request.method, request.path, request.query,
                                    request.body));
      }
      respond(json_response(200, "{}"));
    });
    ASSERT_TRUE(server) << server.error().describe();
    server_ = *std::move(server);
  }
  void play(const Case& one) {
    SCOPED_TRACE(one.name);
    {
      const std::lock_guard lock(mutex_);
      seen_.clear();
    }
    RawClient client(server_->port());
    client.send_in_pieces(one.bytes + std::string(kSentinel), GetParam());
    const std::string answers = client.read_to_end();
    EXPECT_TRUE(client.closed()) << answers;
    const std::lock_guard lock(mutex_);
    if (one.served_as.empty()) {
      EXPECT_TRUE(answers.starts_with("HTTP/1.1 4")) << answers;
      EXPECT_TRUE(answers.contains("application/problem+json")) << answers;
      EXPECT_EQ(count_of(answers, "HTTP/1.1 "), 1U) << "answered twice: " << answers;
      EXPECT_EQ(seen_, std::vector<std::string>()) << "served, or the sentinel was";
      return;
    }
    EXPECT_EQ(seen_, (std::vector<std::string>{one.served_as, "GET /sentinel [] []"})) << answers;
    EXPECT_EQ(count_of(answers, "HTTP/1.1 200 OK\r\n"), 2U) << answers;
    EXPECT_EQ(count_of(answers, "HTTP/1."), 2U + count_of(answers, "HTTP/1.1 100 Continue\r\n"))
        << answers;
  }

  std::mutex mutex_;
  std::vector<std::string> seen_;
  std::unique_ptr<HttpServer> server_;
};

TEST_P(SmugglingCorpus, each_is_refused_or_plainly_one_request) {
  const std::vector<Case> cases = read_cases();
  ASSERT_GE(cases.size(), 100U);
  for (const Case& one : cases) play(one);
}

INSTANTIATE_TEST_SUITE_P(InPieces, SmugglingCorpus, testing::Values(100'000, 7, 1),
                         [](const auto& size) { return fmt::format("of_{}", size.param); });

TEST(SmugglingCorpusFiles, every_file_has_its_outcome) {
  std::size_t files = 0;
  for (const auto& entry : std::filesystem::directory_iterator(corpus())) {
    files += entry.path().extension() == ".http" ? 1 : 0;
  }
  EXPECT_EQ(files, read_cases().size());
}

}  // namespace
}  // namespace remit::net
