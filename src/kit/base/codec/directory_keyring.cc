#include "kit/base/codec/directory_keyring.h"

#include "kit/base/codec/codec.h"
#include "kit/base/durable_file.h"

#include <fmt/format.h>
#include <openssl/crypto.h>

#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <filesystem>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

namespace remit::codec {

namespace {

constexpr std::size_t kKeyFileBytesMax = 64 * 1024;

struct WrappedKey {
  std::uint32_t version = 0;
  Nonce nonce{};
  Bytes wrapped;
};
BOOST_DESCRIBE_STRUCT(WrappedKey, (), (version, nonce, wrapped))

struct KeyFileContent {
  std::uint32_t last_version = 0;
  std::vector<WrappedKey> keys;  ///< Ascending versions; empty once erased.
};
BOOST_DESCRIBE_STRUCT(KeyFileContent, (), (last_version, keys))

Bytes wrapping_data(const TypeId& owner, std::uint32_t version) {
  return to_bytes(fmt::format("remit.key.v1 {} {}", owner.to_string(), version));
}

/// Held while a file is read and replaced, against other processes on the same directory.
class DirectoryLock {
 public:
  explicit DirectoryLock(const std::string& directory)
      : file_(::open((directory + "/lock").c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600)) {
    while (file_ >= 0 && ::flock(file_, LOCK_EX) != 0) {
      if (errno == EINTR) continue;
      ::close(file_);
      file_ = -1;
    }
  }
  ~DirectoryLock() {
    if (file_ >= 0) ::close(file_);
  }
  DirectoryLock(const DirectoryLock&) = delete;
  DirectoryLock& operator=(const DirectoryLock&) = delete;

  Result<void> held() const {
    if (file_ >= 0) return {};
    return fail(ErrorCode::Unavailable, "keyring_locked",
                "The directory of keys cannot be locked; check its permissions.");
  }

 private:
  int file_;
};

bool holds_keys(const std::string& directory) {
  std::error_code error;
  for (std::filesystem::recursive_directory_iterator it(directory, error), end; !error && it != end;
       it.increment(error)) {
    if (it->path().extension() == ".key") return true;
  }
  return bool(error);
}

Result<SecretKey> read_master_key(const std::string& path) {
  struct stat status{};
  if (::stat(path.c_str(), &status) == 0 && (status.st_mode & 077) != 0) {
    return fail(ErrorCode::FailedPrecondition, "master_key_exposed",
                fmt::format("Others may read {}; run chmod 600 on it, and replace the key if it "
                            "may have been read.",
                            path));
  }
  Bytes text = TRY(read_file(path, 128));
  std::string_view digits = as_text(text);
  if (digits.ends_with('\n')) digits.remove_suffix(1);
  auto bytes = from_hex(digits);
  OPENSSL_cleanse(text.data(), text.size());
  SecretKey master{};
  if (!bytes || bytes->size() != master.size()) {
    return fail(ErrorCode::FailedPrecondition, "master_key_invalid",
                fmt::format("{} must hold 64 hexadecimal digits; restore it.", path));
  }
  std::memcpy(master.data(), bytes->data(), master.size());
  OPENSSL_cleanse(bytes->data(), bytes->size());
  return master;
}

Result<SecretKey> make_master_key(const std::string& path, Entropy& entropy) {
  SecretKey master{};
  entropy.fill(master);
  std::string text = to_hex(master) + "\n";
  const auto written = write_file_durably(path, as_bytes(text), 0600);
  OPENSSL_cleanse(text.data(), text.size());
  if (!written) return std::unexpected(written.error());
  return master;
}

}  // namespace

struct DirectoryKeyring::KeyFile : KeyFileContent {};

Result<DirectoryKeyring::Opened> DirectoryKeyring::open(const Options& options, Entropy& entropy) {
  TRY(ensure_directory(options.directory));
  const DirectoryLock lock(options.directory);
  TRY(lock.held());
  std::string notice;
  auto master = read_master_key(options.master_key_file);
  if (!master && master.error().reason == "file_not_found") {
    if (holds_keys(options.directory)) {
      return fail(ErrorCode::FailedPrecondition, "master_key_missing",
                  fmt::format("{} holds keys that {} wrapped, and that is gone; restore it.",
                              options.directory, options.master_key_file));
    }
    master = make_master_key(options.master_key_file, entropy);
    notice = fmt::format(
        "A new master key was made in {}. Back it up apart from the data: without "
        "it nothing that was sealed can be read.",
        options.master_key_file);
  }
  if (!master) return std::unexpected(std::move(master).error());
  Opened opened;
  opened.keyring.reset(new DirectoryKeyring(options.directory, *master, entropy));
  opened.notice = std::move(notice);
  OPENSSL_cleanse(master->data(), master->size());
  return opened;
}

DirectoryKeyring::DirectoryKeyring(std::string directory, const SecretKey& master, Entropy& entropy)
    : directory_(std::move(directory)), master_(master), entropy_(&entropy) {}

DirectoryKeyring::~DirectoryKeyring() {
  OPENSSL_cleanse(master_.data(), master_.size());
}

std::string DirectoryKeyring::shard_of(const TypeId& owner) const {
  const std::string id = owner.to_string();
  return fmt::format("{}/{}", directory_, id.substr(id.size() - 2));
}

std::string DirectoryKeyring::path_of(const TypeId& owner) const {
  return fmt::format("{}/{}.key", shard_of(owner), owner.to_string());
}

Result<DirectoryKeyring::KeyFile> DirectoryKeyring::load(const TypeId& owner) const {
  const auto bytes = read_file(path_of(owner), kKeyFileBytesMax);
  if (!bytes && bytes.error().code == ErrorCode::NotFound) return KeyFile{};
  if (!bytes) return std::unexpected(bytes.error());
  auto content = decode<KeyFileContent>(*bytes);
  if (!content) {
    return std::unexpected(
        std::move(content).error().wrap(ErrorCode::Corrupt, "key_unreadable",
                                        fmt::format("{} is damaged; restore it.", path_of(owner))));
  }
  return KeyFile{*std::move(content)};
}

Result<void> DirectoryKeyring::save(const TypeId& owner, const KeyFile& file) const {
  TRY(ensure_directory(shard_of(owner)));
  return write_file_durably(path_of(owner), encode<KeyFileContent>(file), 0600);
}

Result<Key> DirectoryKeyring::unwrap(const TypeId& owner, const KeyFile& file,
                                     std::uint32_t version) const {
  for (const WrappedKey& candidate : file.keys) {
    if (candidate.version != version) continue;
    Key key;
    key.owner = owner;
    key.version = version;
    auto secret =
        open_aead(master_, candidate.nonce, wrapping_data(owner, version), candidate.wrapped);
    if (!secret || secret->size() != key.secret.size()) {
      return fail(ErrorCode::Corrupt, "key_unreadable",
                  fmt::format("Key {} of {} does not open with this master key; restore the one "
                              "that wrapped it.",
                              version, owner.to_string()));
    }
    std::memcpy(key.secret.data(), secret->data(), key.secret.size());
    OPENSSL_cleanse(secret->data(), secret->size());
    return key;
  }
  if (version <= file.last_version) return fail_erased(owner);
  return fail_missing(owner, version);
}

std::optional<DirectoryKeyring::FileIdentity> DirectoryKeyring::identify(const std::string& path) {
  struct stat status{};
  if (::stat(path.c_str(), &status) != 0) return std::nullopt;
  return FileIdentity{status.st_ino, status.st_ctim.tv_sec, status.st_ctim.tv_nsec, status.st_size};
}

std::optional<Key> DirectoryKeyring::remembered(const TypeId& owner) {
  const std::lock_guard lock(unwrapped_mutex_);
  const auto found = unwrapped_.find(owner);
  if (found == unwrapped_.end()) return std::nullopt;
  Unwrapped& known = found->second;
  const auto now = std::chrono::steady_clock::now();
  if (now - known.checked >= kCheckedAgain) {
    if (identify(known.path) != known.file) {
      unwrapped_.erase(found);
      return std::nullopt;
    }
    known.checked = now;
  }
  return known.key;
}

void DirectoryKeyring::remember(const Key& key, const FileIdentity& file) {
  const std::lock_guard lock(unwrapped_mutex_);
  if (unwrapped_.size() >= kUnwrappedMax) unwrapped_.clear();
  unwrapped_.insert_or_assign(
      key.owner, Unwrapped{path_of(key.owner), file, key, std::chrono::steady_clock::now()});
}

Result<Key> DirectoryKeyring::find(const TypeId& owner, std::uint32_t version) {
  std::optional<Key> known = remembered(owner);
  if (known && known->version == version) return *std::move(known);
  return unwrap(owner, TRY(load(owner)), version);
}

Result<Key> DirectoryKeyring::ensure(const TypeId& owner) {
  if (std::optional<Key> known = remembered(owner)) return *std::move(known);
  // Before the file is read: what replaces it meanwhile is another one.
  const std::optional<FileIdentity> identity = identify(path_of(owner));
  const KeyFile present = TRY(load(owner));
  if (!present.keys.empty()) {
    Key key = TRY(unwrap(owner, present, present.keys.back().version));
    if (identity) remember(key, *identity);
    return key;
  }

  const std::lock_guard turn(mutex_);
  const DirectoryLock lock(directory_);
  TRY(lock.held());
  KeyFile file = TRY(load(owner));
  if (file.keys.empty()) {
    Key key;
    entropy_->fill(key.secret);
    WrappedKey wrapped;
    wrapped.version = ++file.last_version;
    entropy_->fill(wrapped.nonce);
    wrapped.wrapped =
        seal_aead(master_, wrapped.nonce, wrapping_data(owner, wrapped.version), key.secret);
    file.keys.push_back(std::move(wrapped));
    TRY(save(owner, file));
  }
  return unwrap(owner, file, file.keys.back().version);
}

Result<void> DirectoryKeyring::erase(const TypeId& owner) {
  const std::lock_guard turn(mutex_);
  const DirectoryLock lock(directory_);
  TRY(lock.held());
  KeyFile file = TRY(load(owner));
  if (file.keys.empty()) return {};
  file.keys.clear();
  {
    const std::lock_guard memory(unwrapped_mutex_);
    unwrapped_.erase(owner);
  }
  return save(owner, file);
}

}  // namespace remit::codec
