#include "lab/sim/worker.h"

#include "kit/base/check.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <csignal>
#include <cstring>
#include <poll.h>
#include <sys/wait.h>
#include <unistd.h>
#include <utility>

namespace remit::lab::sim {
namespace {

/// Lines of a worker: "begin SEED", "violation WORDS", and "end" with numbers in the order of Outcome.
void say(int pipe, const std::string& line) {
  std::string_view rest = line;
  while (!rest.empty()) {
    const ssize_t written = ::write(pipe, rest.data(), rest.size());
    // Nobody listens any more.
    if (written < 0) ::_exit(1);
    rest.remove_prefix(static_cast<std::size_t>(written));
  }
}

std::string one_line(std::string text) {
  std::ranges::replace(text, '\n', ' ');
  return text;
}

[[noreturn]] void work(int pipe, const Worker::NextSeed& next, const Options& options) {
  while (const std::optional<std::uint64_t> seed = next()) {
    say(pipe, fmt::format("begin {}\n", *seed));
    const Report report = run(*seed, options);
    for (const std::string& violation : report.violations) {
      say(pipe, fmt::format("violation {}\n", one_line(violation)));
    }
    std::string end =
        fmt::format("end {} {} {} {} {} {} {} {}", report.turns, report.simulated.count(),
                    report.crashes, report.splits, report.handed_over, report.unknown,
                    report.executed, to_hex(view_of(report.trace)));
    for (std::size_t i = 0; i < kRareStates; ++i) {
      end += fmt::format(" {}", report.sometimes.count(static_cast<Rare>(i)));
    }
    say(pipe, end + "\n");
  }
  // Without the destructors of the parent's objects.
  ::_exit(0);
}

/// The words of a line, from the left.
class Words {
 public:
  explicit Words(std::string_view line) : rest_(line) {}
  std::string_view next() {
    const std::size_t end = std::min(rest_.find(' '), rest_.size());
    const std::string_view word = rest_.substr(0, end);
    rest_.remove_prefix(std::min(end + 1, rest_.size()));
    return word;
  }
  std::uint64_t number() {
    std::uint64_t value = 0;
    const std::string_view word = next();
    std::from_chars(word.data(), word.data() + word.size(), value);
    return value;
  }
  std::string_view rest() const { return rest_; }

 private:
  std::string_view rest_;
};

Monotonic now() {
  SystemClock clock;
  return clock.monotonic();
}

}  // namespace

Worker::Worker(pid_t process, int pipe) : process_(process), pipe_(pipe), begun_at_(now()) {}

Worker::Worker(Worker&& other) noexcept
    : process_(std::exchange(other.process_, -1)),
      pipe_(std::exchange(other.pipe_, -1)),
      unread_(std::move(other.unread_)),
      under_way_(std::move(other.under_way_)),
      begun_at_(other.begun_at_),
      hangs_(other.hangs_) {}

Worker::~Worker() {
  if (process_ > 0) {
    ::kill(process_, SIGKILL);
    ::waitpid(process_, nullptr, 0);
  }
  if (pipe_ >= 0) ::close(pipe_);
}

Result<Worker> Worker::start(NextSeed next, const Options& options) {
  int ends[2];
  if (::pipe(ends) != 0) {
    return fail(ErrorCode::Unavailable, "worker_not_started",
                fmt::format("No pipe to a worker: {}.", std::strerror(errno)));
  }
  const pid_t process = ::fork();
  if (process == 0) {
    ::close(ends[0]);
    work(ends[1], next, options);
  }
  ::close(ends[1]);
  if (process < 0) {
    ::close(ends[0]);
    return fail(ErrorCode::Unavailable, "worker_not_started",
                fmt::format("No process for a worker: {}.", std::strerror(errno)));
  }
  return Worker(process, ends[0]);
}

void Worker::watch() {
  if (!under_way_ || hangs_ || now() - begun_at_ < kWorldTimeMax) return;
  hangs_ = true;
  ::kill(process_, SIGKILL);
}

bool Worker::read(const std::function<void(Outcome)>& heard) {
  char buffer[16 * 1024];
  const ssize_t count = ::read(pipe_, buffer, sizeof(buffer));
  if (count > 0) {
    unread_.append(buffer, static_cast<std::size_t>(count));
    for (std::size_t end = unread_.find('\n'); end != std::string::npos; end = unread_.find('\n')) {
      take_line(std::string_view(unread_).substr(0, end), heard);
      unread_.erase(0, end + 1);
    }
    return true;
  }
  int status = 0;
  ::waitpid(std::exchange(process_, -1), &status, 0);
  if (under_way_) {
    under_way_->violations.push_back(
        hangs_                ? fmt::format("the world did not end within {} s",
                                            std::chrono::floor<std::chrono::seconds>(kWorldTimeMax).count())
        : WIFSIGNALED(status) ? fmt::format("the process ended by signal {}", WTERMSIG(status))
                              : fmt::format("the process ended with {}", WEXITSTATUS(status)));
    heard(*std::exchange(under_way_, std::nullopt));
  }
  return false;
}

void Worker::take_line(std::string_view line, const std::function<void(Outcome)>& heard) {
  Words words(line);
  const std::string_view kind = words.next();
  if (kind == "begin") {
    under_way_.emplace();
    under_way_->seed = words.number();
    begun_at_ = now();
    return;
  }
  CHECK(under_way_.has_value(), "a worker says '{}' of no world", line);
  if (kind == "violation") {
    under_way_->violations.emplace_back(words.rest());
    return;
  }
  under_way_->turns = words.number();
  under_way_->simulated = Duration(static_cast<std::int64_t>(words.number()));
  under_way_->crashes = words.number();
  under_way_->splits = words.number();
  under_way_->handed_over = words.number();
  under_way_->unknown = words.number();
  under_way_->executed = words.number();
  const std::optional<Bytes> trace = from_hex(words.next());
  CHECK(trace && trace->size() == under_way_->trace.size(), "a worker says '{}'", line);
  std::ranges::copy(*trace, under_way_->trace.begin());
  for (std::size_t i = 0; i < kRareStates; ++i) {
    under_way_->sometimes.mark(static_cast<Rare>(i), words.number());
  }
  heard(*std::exchange(under_way_, std::nullopt));
}

Outcome run_apart(std::uint64_t seed, const Options& options) {
  Result<Worker> worker = Worker::start(
      [next = std::optional(seed)]() mutable { return std::exchange(next, std::nullopt); },
      options);
  CHECK(worker.has_value(), "{}", worker.error().describe());
  Outcome outcome;
  for (bool open = true; open;) {
    pollfd waiting{worker->descriptor(), POLLIN, 0};
    if (::poll(&waiting, 1, 1000) > 0) {
      open = worker->read([&](Outcome ended) { outcome = std::move(ended); });
    }
    worker->watch();
  }
  return outcome;
}

}  // namespace remit::lab::sim
