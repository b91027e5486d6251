#include "kit/service/config.h"

#include <boost/describe.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <unistd.h>

namespace remit::service {
namespace {

using std::chrono::seconds;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

enum class Mode : std::uint8_t { Live, DryRun };
BOOST_DESCRIBE_ENUM(Mode, Live, DryRun)

struct HttpSection {
  std::string address = "127.0.0.1:8080";
  Duration request_timeout = seconds(30);
  std::uint16_t workers = 4;
  bool tls = false;
  std::vector<std::string> origins;
  Secret password;
  static std::string_view describe(std::string_view key) {
    return key == "address" ? "Where the server listens." : "";
  }
};
BOOST_DESCRIBE_STRUCT(HttpSection, (), (address, request_timeout, workers, tls, origins, password))

struct BankItem {
  std::string name;
  std::optional<Duration> poll;
};
BOOST_DESCRIBE_STRUCT(BankItem, (), (name, poll))

struct BanksSection {
  Mode mode = Mode::Live;
  std::filesystem::path directory = "banks";
  std::vector<BankItem> item;
};
BOOST_DESCRIBE_STRUCT(BanksSection, (), (mode, directory, item))

struct SampleConfig {
  HttpSection http;
  BanksSection banks;
};
BOOST_DESCRIBE_STRUCT(SampleConfig, (), (http, banks))

Result<SampleConfig> load(std::string text, std::map<std::string, std::string> environment = {}) {
  return load_config<SampleConfig>(
      {.text = std::move(text), .environment = std::move(environment)});
}
std::string problems(std::string text, std::map<std::string, std::string> environment = {}) {
  const auto loaded = load(std::move(text), std::move(environment));
  EXPECT_FALSE(loaded);
  return loaded ? "" : loaded.error().message;
}

TEST(ConfigTest, an_empty_file_gives_the_defaults) {
  const auto config = load("");
  ASSERT_TRUE(config) << config.error().describe();
  EXPECT_EQ(config->http.address, "127.0.0.1:8080");
  EXPECT_EQ(config->http.request_timeout, seconds(30));
  EXPECT_TRUE(config->banks.item.empty());
}

TEST(ConfigTest, reads_every_type) {
  const auto config = load(R"(
[http]
address = "[::1]:9"
request_timeout = "250ms"
workers = 65535
tls = true
origins = ["a", "b"]
[banks]
mode = "dry_run"
directory = "/srv/banks"
[[banks.item]]
name = "first"
[[banks.item]]
name = "second"
poll = "10m"
)");
  ASSERT_TRUE(config) << config.error().describe();
  EXPECT_EQ(config->http.address, "[::1]:9");
  EXPECT_EQ(config->http.request_timeout, std::chrono::milliseconds(250));
  EXPECT_EQ(config->http.workers, 65535);
  EXPECT_TRUE(config->http.tls);
  EXPECT_THAT(config->http.origins, ElementsAre("a", "b"));
  EXPECT_EQ(config->banks.mode, Mode::DryRun);
  EXPECT_EQ(config->banks.directory, "/srv/banks");
  ASSERT_EQ(config->banks.item.size(), 2U);
  EXPECT_EQ(config->banks.item[0].poll, std::nullopt);
  EXPECT_EQ(config->banks.item[1].poll, std::chrono::minutes(10));
}

TEST(ConfigTest, a_wrong_key_is_an_error_with_its_place_and_the_nearest_name) {
  EXPECT_EQ(problems("[http]\n  adress = \"x\"\n"),
            "remit.toml:2:3: unknown key adress in http; did you mean address?");
  EXPECT_THAT(problems("[htpp]\n"), HasSubstr("unknown key htpp; did you mean http?"));
  EXPECT_THAT(problems("[[banks.item]]\nnmae = \"x\"\n"),
              HasSubstr("remit.toml:2:1: unknown key nmae"));
}

TEST(ConfigTest, every_problem_is_reported_at_once) {
  const std::string all = problems(
      "[http]\nworkers = 65536\ntls = \"yes\"\nrequest_timeout = \"5 s\"\n[banks]\nmode = \"x\"\n");
  EXPECT_THAT(all, HasSubstr("remit.toml:2:1: 65536 is not between 0 and 65535"));
  EXPECT_THAT(all, HasSubstr("remit.toml:3:1: tls must be a boolean, not a string"));
  EXPECT_THAT(all, HasSubstr("remit.toml:4:1: \"5 s\" is not a duration"));
  EXPECT_THAT(all, HasSubstr("remit.toml:6:1: \"x\" is none of live, dry_run"));
}

TEST(ConfigTest, a_section_that_is_no_table_and_broken_toml_are_errors) {
  EXPECT_THAT(problems("http = 3"), HasSubstr("http must be a table, not an integer"));
  const auto broken = load("[http]\naddress = \n");
  ASSERT_FALSE(broken);
  EXPECT_EQ(broken.error().reason, "config_malformed");
  EXPECT_THAT(broken.error().message, HasSubstr("remit.toml:2:"));
}

TEST(ConfigTest, the_environment_wins) {
  const auto config = load("[http]\naddress = \"file\"\n", {{"REMIT_HTTP_ADDRESS", "variable"},
                                                            {"REMIT_HTTP_WORKERS", "8"},
                                                            {"REMIT_HTTP_TLS", "true"},
                                                            {"REMIT_HTTP_REQUEST_TIMEOUT", "2h"},
                                                            {"REMIT_HTTP_ORIGINS", "a,b"},
                                                            {"REMIT_BANKS_MODE", "dry_run"},
                                                            {"REMIT_BANKS_ITEM", "[{name='n'}]"},
                                                            {"REMIT_UNRELATED", "x"}});
  ASSERT_TRUE(config) << config.error().describe();
  EXPECT_EQ(config->http.address, "variable");
  EXPECT_EQ(config->http.workers, 8);
  EXPECT_TRUE(config->http.tls);
  EXPECT_EQ(config->http.request_timeout, std::chrono::hours(2));
  EXPECT_THAT(config->http.origins, ElementsAre("a", "b"));
  EXPECT_EQ(config->banks.mode, Mode::DryRun);
  ASSERT_EQ(config->banks.item.size(), 1U);
  EXPECT_EQ(config->banks.item[0].name, "n");
}

TEST(ConfigTest, a_wrong_variable_is_an_error) {
  EXPECT_EQ(problems("", {{"REMIT_HTTP_ADRESS", "x"}}),
            "REMIT_HTTP_ADRESS: no key has this name; did you mean REMIT_HTTP_ADDRESS?");
  EXPECT_THAT(problems("", {{"REMIT_HTTP_WORKERS", "many"}}),
              HasSubstr("REMIT_HTTP_WORKERS: must be an integer"));
  EXPECT_THAT(problems("", {{"REMIT_BANKS_ITEM", "[{nam='n'}]"}}), HasSubstr("did you mean name"));
}

TEST(ConfigTest, secrets_come_from_files_and_variables_only) {
  const auto path =
      std::filesystem::temp_directory_path() / fmt::format("remit-secret-{}", ::getpid());
  std::ofstream(path) << "hush\n";
  const auto from_file = load(fmt::format("[http]\npassword_file = \"{}\"\n", path.string()));
  ASSERT_TRUE(from_file) << from_file.error().describe();
  EXPECT_EQ(from_file->http.password.value, "hush");
  EXPECT_EQ(load("", {{"REMIT_HTTP_PASSWORD_FILE", path}})->http.password.value, "hush");
  EXPECT_EQ(load("", {{"REMIT_HTTP_PASSWORD", "loud"}})->http.password.value, "loud");
  EXPECT_THAT(problems("[http]\npassword = \"inline\"\n"), HasSubstr("is a secret"));
  EXPECT_THAT(problems("[http]\npassword_file = \"/nowhere/x\"\n"), HasSubstr("remit.toml:2:1"));
  std::filesystem::remove(path);
}

TEST(ConfigTest, what_is_printed_reads_back_and_shows_no_secret) {
  auto config = load("[banks]\nmode='dry_run'\n[[banks.item]]\nname=\"a\\\"b\"\npoll='90s'\n",
                     {{"REMIT_HTTP_PASSWORD", "loud"}, {"REMIT_HTTP_ORIGINS", "x,y"}});
  ASSERT_TRUE(config);
  const std::string printed = print_config(*config);
  EXPECT_THAT(printed, Not(HasSubstr("loud")));
  EXPECT_THAT(printed, HasSubstr("# password is set: ********"));
  const auto again = load(printed);
  ASSERT_TRUE(again) << again.error().describe();
  config->http.password = {};
  EXPECT_EQ(print_config(*again), print_config(*config));
  EXPECT_EQ(again->banks.item.at(0).name, "a\"b");
  EXPECT_EQ(again->banks.item.at(0).poll, seconds(90));
}

TEST(ConfigTest, the_default_file_is_commented_and_changes_nothing) {
  const std::string file = print_default_config<SampleConfig>();
  EXPECT_THAT(file,
              HasSubstr("[http]\n# Where the server listens.\n"
                        "# Environment: REMIT_HTTP_ADDRESS\n# address = \"127.0.0.1:8080\"\n"));
  EXPECT_THAT(file, HasSubstr("# password_file = \"\""));
  EXPECT_THAT(file, HasSubstr("# [[banks.item]]\n# name = \"\"\n"));
  const auto config = load(file);
  ASSERT_TRUE(config) << config.error().describe();
  EXPECT_EQ(print_config(*config), print_config(SampleConfig{}));
}

TEST(DurationTest, parses_whole_numbers_with_a_unit) {
  EXPECT_EQ(parse_duration("250ms"), std::chrono::milliseconds(250));
  EXPECT_EQ(parse_duration("7d"), std::chrono::hours(168));
  EXPECT_EQ(parse_duration("0s"), Duration(0));
  for (const char* wrong :
       {"", "5", "s", "-5s", "5 s", "1.5s", "5S", "9223372036854775807d", "+5s"}) {
    EXPECT_EQ(parse_duration(wrong), std::nullopt) << wrong;
  }
  EXPECT_EQ(print_duration(std::chrono::milliseconds(1500)), "1500ms");
  EXPECT_EQ(print_duration(std::chrono::hours(48)), "2d");
}

}  // namespace
}  // namespace remit::service
