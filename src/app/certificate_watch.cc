#include "app/certificate_watch.h"

#include "kit/base/check.h"
#include "kit/base/durable_file.h"
#include "kit/base/hash.h"

#include <algorithm>

namespace remit::app {
namespace {

constexpr std::size_t kFileBytesMax = 1024 * 1024;

/// Tells one content from another, and a file that cannot be read from all of them.
std::string content_of(const WatchedFiles& files) {
  std::string content = files.settings;
  for (const std::string& path : files.paths) {
    const Result<Bytes> bytes = read_file(path, kFileBytesMax);
    const Hash256 hash = bytes ? sha256(*bytes) : sha256(as_bytes(bytes.error().reason));
    content += "\n" + path + " " + to_hex(view_of(hash));
  }
  return content;
}

}  // namespace

struct CertificateWatch::Shared {
  std::mutex mutex;
  CertificateWatch* owner = nullptr;  ///< While it is started.
  bool timer_set = false;
};

CertificateWatch::CertificateWatch(Host& host, const service::Logger& log)
    : host_(host), log_(log), shared_(std::make_shared<Shared>()) {}

CertificateWatch::~CertificateWatch() {
  CHECK(shared_->owner == nullptr, "the watch of certificates was not stopped");
}

Result<void> CertificateWatch::add(WatchedFiles files) {
  std::string content = content_of(files);
  Stats stats{.bank = files.bank, .use = files.use, .expiries = TRY(files.take())};
  const std::lock_guard lock(mutex_);
  kept_.push_back({std::move(files), std::move(content), std::move(stats)});
  return {};
}

void CertificateWatch::change(WatchedFiles files) {
  const std::lock_guard lock(mutex_);
  const auto found = std::ranges::find_if(kept_, [&](const Kept& kept) {
    return kept.files.bank == files.bank && kept.files.use == files.use;
  });
  if (found != kept_.end()) found->files = std::move(files);
}

void CertificateWatch::start() {
  {
    const std::lock_guard lock(shared_->mutex);
    shared_->owner = this;
  }
  host_.attach(*this);
  host_.wake(*this);
}

void CertificateWatch::stop() {
  {
    const std::lock_guard lock(shared_->mutex);
    if (shared_->owner == nullptr) return;
    shared_->owner = nullptr;
  }
  host_.detach(*this);
}

void CertificateWatch::look_now() {
  const std::lock_guard lock(shared_->mutex);
  if (shared_->owner != nullptr) host_.wake(*this);
}

bool CertificateWatch::step() {
  look();
  set_timer();
  return false;
}

void CertificateWatch::set_timer() {
  const std::lock_guard lock(shared_->mutex);
  if (shared_->owner == nullptr || std::exchange(shared_->timer_set, true)) return;
  host_.timers().after(kCertificateLookInterval, [shared = shared_] {
    const std::lock_guard held(shared->mutex);
    shared->timer_set = false;
    if (shared->owner != nullptr) shared->owner->host_.wake(*shared->owner);
  });
}

void CertificateWatch::look() {
  const std::lock_guard lock(mutex_);
  for (Kept& kept : kept_) {
    std::string content = content_of(kept.files);
    const bool known = content == kept.tried;
    if (known && !kept.stats.unusable) continue;
    kept.tried = std::move(content);
    auto taken = kept.files.take();
    // What is wrong with it was told, but it may have been the disk that was.
    if (!taken && known) continue;
    kept.stats.unusable = !taken;
    const auto bank = service::field("bank", kept.files.bank);
    const auto use = service::field("use", kept.files.use);
    if (!taken) {
      ++kept.stats.refused_total;
      log_.error("Changed certificates or keys cannot be used; the ones before them stay in use.",
                 {bank, use, service::field(taken.error())});
      continue;
    }
    ++kept.stats.taken_total;
    kept.stats.expiries = std::move(*taken);
    log_.info("Changed certificates or keys are in use.", {bank, use});
  }
}

std::vector<CertificateWatch::Stats> CertificateWatch::stats() const {
  const std::lock_guard lock(mutex_);
  std::vector<Stats> all;
  all.reserve(kept_.size());
  for (const Kept& kept : kept_) all.push_back(kept.stats);
  return all;
}

}  // namespace remit::app
