#include "app/world/child_process.h"

#include <fmt/format.h>

#include <csignal>
#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>
#include <utility>

namespace remit::app {
namespace {

constexpr int kCouldNotRun = 127;
constexpr auto kWaitStep = std::chrono::milliseconds(20);

/// Between fork and exec: only what is safe there.
[[noreturn]] void become(std::vector<char*>& arguments, std::vector<char*>& environment, int log) {
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  sigset_t none;
  sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
  ::dup2(log, STDOUT_FILENO);
  ::dup2(log, STDERR_FILENO);
  ::execve("/proc/self/exe", arguments.data(), environment.data());
  ::_exit(kCouldNotRun);
}

/// As exec wants them.
std::vector<char*> pointers_to(std::vector<std::string>& texts) {
  std::vector<char*> pointers;
  pointers.reserve(texts.size() + 1);
  for (std::string& text : texts) pointers.push_back(text.data());
  pointers.push_back(nullptr);
  return pointers;
}

}  // namespace

Result<ChildProcess> ChildProcess::start(const std::vector<std::string>& arguments,
                                         const std::string& log_file,
                                         const std::vector<std::string>& environment) {
  std::vector<std::string> owned{"remit"};
  owned.insert(owned.end(), arguments.begin(), arguments.end());
  std::vector<char*> raw = pointers_to(owned);
  std::vector<std::string> variables = environment;
  for (char** one = environ; *one != nullptr; ++one) variables.emplace_back(*one);
  std::vector<char*> raw_variables = pointers_to(variables);
  const int log = ::open(log_file.c_str(), O_CREAT | O_WRONLY | O_APPEND | O_CLOEXEC, 0600);
  if (log < 0) {
    return fail(ErrorCode::Unavailable, "log_file_unusable",
                fmt::format("{} cannot be written.", log_file));
  }
  const pid_t id = ::fork();
  if (id == 0) become(raw, raw_variables, log);
  ::close(log);
  if (id < 0)
    return fail(ErrorCode::Unavailable, "process_not_started", "No process can be started.");
  return ChildProcess(id);
}

ChildProcess::ChildProcess(ChildProcess&& other) noexcept
    : id_(std::exchange(other.id_, 0)), end_(other.end_) {}
ChildProcess& ChildProcess::operator=(ChildProcess&& other) noexcept {
  if (this != &other) {
    kill();
    id_ = std::exchange(other.id_, 0);
    end_ = other.end_;
  }
  return *this;
}
ChildProcess::~ChildProcess() {
  kill();
}

void ChildProcess::note_end(int status) {
  id_ = 0;
  end_ = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

bool ChildProcess::running() {
  if (id_ == 0) return false;
  int status = 0;
  if (::waitpid(id_, &status, WNOHANG) == 0) return true;
  note_end(status);
  return false;
}

void ChildProcess::kill() {
  if (id_ == 0) return;
  ::kill(id_, SIGKILL);
  int status = 0;
  ::waitpid(id_, &status, 0);
  note_end(status);
}

int ChildProcess::stop(Duration patience) {
  if (id_ == 0) return -1;
  ::kill(id_, SIGTERM);
  const auto deadline = std::chrono::steady_clock::now() + patience;
  while (running()) {
    if (std::chrono::steady_clock::now() > deadline) {
      kill();
      return -1;
    }
    std::this_thread::sleep_for(kWaitStep);
  }
  return *end_ < 128 ? *end_ : -1;
}

}  // namespace remit::app
