#pragma once

#include <map>
#include <mutex>
#include <string>
#include <vector>

namespace remit::net {

/// What names lead to in this test program, whose getaddrinfo it stands behind (resolver_test.cc): libcurl asks it as it
/// would ask the system's. Names that it does not know do not exist, but for localhost. Thread safe.
class TestResolver {
 public:
  static TestResolver& instance();

  /// The addresses that each question is answered with, in turn; the last answer stays.
  void set(const std::string& name, std::vector<std::vector<std::string>> answers);
  std::vector<std::string> ask(std::string name);
  int asked(const std::string& name);

 private:
  struct Name {
    std::vector<std::vector<std::string>> answers;
    std::size_t asked = 0;
  };
  std::mutex mutex_;
  std::map<std::string, Name> names_;
};

}  // namespace remit::net
