#include "app/world/child_process.h"

#include <fmt/format.h>

#include <arpa/inet.h>
#include <csignal>
#include <fcntl.h>
#include <netinet/in.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>
#include <utility>

namespace remit::app {
namespace {

constexpr int kCouldNotRun = 127;
constexpr auto kWaitStep = std::chrono::milliseconds(20);

/// Between fork and exec: only what is safe there.
[[noreturn]] void become(std::vector<char*>& arguments, int log) {
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  sigset_t none;
  sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
  ::dup2(log, STDOUT_FILENO);
  ::dup2(log, STDERR_FILENO);
  ::execv("/proc/self/exe", arguments.data());
  ::_exit(kCouldNotRun);
}

}  // namespace

Result<ChildProcess> ChildProcess::start(const std::vector<std::string>& arguments,
                                         const std::string& log_file) {
  std::vector<std::string> owned{"remit"};
  owned.insert(owned.end(), arguments.begin(), arguments.end());
  std::vector<char*> raw;
  raw.reserve(owned.size() + 1);
  for (std::string& argument : owned) raw.push_back(argument.data());
  raw.push_back(nullptr);
  const int log = ::open(log_file.c_str(), O_CREAT | O_WRONLY | O_APPEND | O_CLOEXEC, 0600);
  if (log < 0) {
    return fail(ErrorCode::Unavailable, "log_file_unusable",
                fmt::format("{} cannot be written.", log_file));
  }
  const pid_t id = ::fork();
  if (id == 0) become(raw, log);
  ::close(log);
  if (id < 0)
    return fail(ErrorCode::Unavailable, "process_not_started", "No process can be started.");
  return ChildProcess(id);
}

ChildProcess::ChildProcess(ChildProcess&& other) noexcept : id_(std::exchange(other.id_, 0)) {}
ChildProcess& ChildProcess::operator=(ChildProcess&& other) noexcept {
  if (this != &other) {
    kill();
    id_ = std::exchange(other.id_, 0);
  }
  return *this;
}
ChildProcess::~ChildProcess() {
  kill();
}

bool ChildProcess::running() {
  if (id_ == 0) return false;
  if (::waitpid(id_, nullptr, WNOHANG) == 0) return true;
  id_ = 0;
  return false;
}

void ChildProcess::kill() {
  if (id_ == 0) return;
  ::kill(id_, SIGKILL);
  ::waitpid(id_, nullptr, 0);
  id_ = 0;
}

int ChildProcess::stop(Duration patience) {
  if (id_ == 0) return -1;
  ::kill(id_, SIGTERM);
  const auto deadline = std::chrono::steady_clock::now() + patience;
  int status = 0;
  while (::waitpid(id_, &status, WNOHANG) == 0) {
    if (std::chrono::steady_clock::now() > deadline) {
      kill();
      return -1;
    }
    std::this_thread::sleep_for(kWaitStep);
  }
  id_ = 0;
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

Result<std::uint16_t> find_free_port() {
  const int socket = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof(address);
  const bool bound = socket >= 0 &&
                     ::bind(socket, reinterpret_cast<sockaddr*>(&address), sizeof(address)) == 0 &&
                     ::getsockname(socket, reinterpret_cast<sockaddr*>(&address), &size) == 0;
  if (socket >= 0) ::close(socket);
  if (!bound) return fail(ErrorCode::Unavailable, "no_free_port", "No port of 127.0.0.1 is free.");
  return ntohs(address.sin_port);
}

}  // namespace remit::app
