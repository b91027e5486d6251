#include "kit/base/check.h"
#include "kit/service/config.h"

#include <boost/describe.hpp>

/// Any TOML is read or refused with a place and what to do; and what was read is printed as TOML that reads the same.
namespace remit::service {
namespace {

enum class Mode : std::uint8_t { Live, DryRun };
BOOST_DESCRIBE_ENUM(Mode, Live, DryRun)

struct Bank {
  std::string name;
  Mode mode = Mode::Live;
  std::optional<std::uint16_t> port;
};
BOOST_DESCRIBE_STRUCT(Bank, (), (name, mode, port))

struct Section {
  std::string address = "127.0.0.1";
  Duration timeout = std::chrono::seconds(30);
  std::int32_t number = 0;
  bool flag = false;
  std::vector<std::string> names;
};
BOOST_DESCRIBE_STRUCT(Section, (), (address, timeout, number, flag, names))

struct Config {
  Section section;
  std::vector<Bank> banks;
};
BOOST_DESCRIBE_STRUCT(Config, (), (section, banks))

}  // namespace
}  // namespace remit::service

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace remit::service;
  const std::string text(reinterpret_cast<const char*>(data), size);
  const auto config = load_config<Config>({.text = text});
  if (!config) {
    CHECK(!config.error().message.empty(), "no word of what is wrong: {}", config.error().reason);
    return 0;
  }
  const std::string printed = print_config(*config);
  const auto again = load_config<Config>({.text = printed});
  CHECK(again, "{}\n{}", again.error().message, printed);
  CHECK(print_config(*again) == printed, "{}", printed);
  return 0;
}
