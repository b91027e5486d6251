#include "kit/base/codec/directory_keyring.h"

#include "kit/base/check.h"
#include "kit/base/codec/codec.h"
#include "kit/base/durable_file.h"

#include <fmt/format.h>
#include <openssl/crypto.h>

#include <algorithm>
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

WrappedKey wrap(const Key& key, const SecretKey& master, Entropy& entropy) {
  WrappedKey wrapped{.version = key.version, .nonce = {}, .wrapped = {}};
  entropy.fill(wrapped.nonce);
  wrapped.wrapped =
      seal_aead(master, wrapped.nonce, wrapping_data(key.owner, key.version), key.secret);
  return wrapped;
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

std::unexpected<Error> master_key_invalid(const std::string& path) {
  return fail(ErrorCode::FailedPrecondition, "master_key_invalid",
              fmt::format("{} must hold 64 hexadecimal digits, or two lines of them while they are "
                          "replaced; restore it.",
                          path));
}

Result<std::vector<SecretKey>> read_master_keys(const std::string& path) {
  struct stat status{};
  if (::stat(path.c_str(), &status) == 0 && (status.st_mode & 077) != 0) {
    return fail(ErrorCode::FailedPrecondition, "master_key_exposed",
                fmt::format("Others may read {}; run chmod 600 on it, and replace the key if it "
                            "may have been read.",
                            path));
  }
  constexpr std::size_t kLinesMax = 2;
  Bytes text = TRY(read_file(path, 256));
  std::string_view left = as_text(text);
  std::vector<SecretKey> masters;
  while (!left.empty() && masters.size() < kLinesMax) {
    const std::string_view line = left.substr(0, left.find('\n'));
    left.remove_prefix(std::min(left.size(), line.size() + 1));
    auto bytes = from_hex(line);
    if (!bytes || bytes->size() != sizeof(SecretKey)) break;
    std::memcpy(masters.emplace_back().data(), bytes->data(), bytes->size());
    OPENSSL_cleanse(bytes->data(), bytes->size());
  }
  const bool whole = left.empty() && !masters.empty();
  OPENSSL_cleanse(text.data(), text.size());
  if (!whole) return master_key_invalid(path);
  return masters;
}

Result<void> write_master_keys(const std::string& path, const std::vector<SecretKey>& masters) {
  std::string text;
  for (const SecretKey& master : masters) text += to_hex(master) + "\n";
  const auto written = write_file_durably(path, as_bytes(text), 0600);
  OPENSSL_cleanse(text.data(), text.size());
  return written;
}

Result<std::vector<SecretKey>> make_master_key(const std::string& path, Entropy& entropy) {
  std::vector<SecretKey> masters(1);
  entropy.fill(masters.front());
  TRY(write_master_keys(path, masters));
  return masters;
}

}  // namespace

struct DirectoryKeyring::KeyFile : KeyFileContent {};

Result<DirectoryKeyring::Opened> DirectoryKeyring::open(const Options& options, Entropy& entropy) {
  TRY(ensure_directory(options.directory));
  const DirectoryLock lock(options.directory);
  TRY(lock.held());
  std::string notice;
  auto masters = read_master_keys(options.master_key_file);
  if (!masters && masters.error().reason == "file_not_found") {
    if (holds_keys(options.directory)) {
      return fail(ErrorCode::FailedPrecondition, "master_key_missing",
                  fmt::format("{} holds keys that {} wrapped, and that is gone; restore it.",
                              options.directory, options.master_key_file));
    }
    masters = make_master_key(options.master_key_file, entropy);
    notice = fmt::format(
        "A new master key was made in {}. Back it up apart from the data: without "
        "it nothing that was sealed can be read.",
        options.master_key_file);
  }
  if (!masters) return std::unexpected(std::move(masters).error());
  Opened opened;
  opened.keyring.reset(new DirectoryKeyring(options, *std::move(masters), entropy));
  opened.notice = std::move(notice);
  if (opened.keyring->masters_.size() > 1) {
    const std::size_t owners = TRY(opened.keyring->finish_rotation());
    opened.notice = fmt::format(
        "A replacement of the master key that had not ended was finished: the keys of {} owners.",
        owners);
  }
  return opened;
}

DirectoryKeyring::DirectoryKeyring(const Options& options, Masters masters, Entropy& entropy)
    : directory_(options.directory),
      master_key_file_(options.master_key_file),
      entropy_(&entropy),
      masters_(std::move(masters)) {}

DirectoryKeyring::~DirectoryKeyring() {
  set_masters({});
}

void DirectoryKeyring::set_masters(Masters masters) {
  const std::lock_guard lock(masters_mutex_);
  for (SecretKey& master : masters_) OPENSSL_cleanse(master.data(), master.size());
  masters_ = std::move(masters);
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

std::optional<Key> DirectoryKeyring::open_wrapped(const TypeId& owner, const KeyFile& file,
                                                  std::uint32_t version) {
  const auto wrapped = std::ranges::find(file.keys, version, &WrappedKey::version);
  const std::lock_guard lock(masters_mutex_);
  for (const SecretKey& master : masters_) {
    Key key;
    auto secret =
        open_aead(master, wrapped->nonce, wrapping_data(owner, version), wrapped->wrapped);
    if (!secret || secret->size() != key.secret.size()) continue;
    key.owner = owner;
    key.version = version;
    std::memcpy(key.secret.data(), secret->data(), key.secret.size());
    OPENSSL_cleanse(secret->data(), secret->size());
    return key;
  }
  return std::nullopt;
}

Result<Key> DirectoryKeyring::unwrap(const TypeId& owner, const KeyFile& file,
                                     std::uint32_t version) {
  if (std::ranges::find(file.keys, version, &WrappedKey::version) == file.keys.end()) {
    if (version <= file.last_version) return fail_erased(owner);
    return fail_missing(owner, version);
  }
  if (std::optional<Key> key = open_wrapped(owner, file, version)) return *std::move(key);
  // Another process may have replaced the master key.
  if (auto read_again = read_master_keys(master_key_file_)) {
    set_masters(*std::move(read_again));
    if (std::optional<Key> key = open_wrapped(owner, file, version)) return *std::move(key);
  }
  return fail(ErrorCode::Corrupt, "key_unreadable",
              fmt::format("Key {} of {} does not open with this master key; restore the one that "
                          "wrapped it.",
                          version, owner.to_string()));
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
  if (file.keys.empty()) return add_key(owner, file);
  return unwrap(owner, file, file.keys.back().version);
}

Result<Key> DirectoryKeyring::add_key(const TypeId& owner, KeyFile& file) {
  if (file.keys.size() >= kKeysMax) {
    return fail(ErrorCode::LimitExceeded, "keys_too_many",
                fmt::format("{} has {} keys, and no more are kept; rotate less often.",
                            owner.to_string(), file.keys.size()));
  }
  Key key;
  key.owner = owner;
  key.version = ++file.last_version;
  entropy_->fill(key.secret);
  // Not with the one in memory, which another process may have replaced: nobody could open it.
  set_masters(TRY(read_master_keys(master_key_file_)));
  {
    const std::lock_guard lock(masters_mutex_);
    file.keys.push_back(wrap(key, masters_.front(), *entropy_));
  }
  TRY(save(owner, file));
  return key;
}

Result<Key> DirectoryKeyring::rotate(const TypeId& owner) {
  const std::lock_guard turn(mutex_);
  const DirectoryLock lock(directory_);
  TRY(lock.held());
  KeyFile file = TRY(load(owner));
  Key key = TRY(add_key(owner, file));
  const std::lock_guard memory(unwrapped_mutex_);
  unwrapped_.erase(owner);
  return key;
}

Result<TypeId> DirectoryKeyring::make(std::string_view prefix, const TypeId& parent) {
  CHECK(false, "no {} of {} can be made without a NestedKeyring in front", prefix,
        parent.to_string());
}

Result<std::size_t> DirectoryKeyring::rotate_all() {
  std::size_t rotated = 0;
  for (const TypeId& owner : TRY(owners())) {
    if (TRY(load(owner)).keys.empty()) continue;
    TRY(rotate(owner));
    ++rotated;
  }
  return rotated;
}

Result<std::size_t> DirectoryKeyring::rotate_master() {
  const std::lock_guard turn(mutex_);
  const DirectoryLock lock(directory_);
  TRY(lock.held());
  Masters both = TRY(read_master_keys(master_key_file_));
  both.resize(1);
  entropy_->fill(*both.emplace(both.begin()));
  TRY(write_master_keys(master_key_file_, both));
  set_masters(std::move(both));
  return finish_rotation();
}

/// Both locks are held, or nobody else has the keyring yet.
Result<std::size_t> DirectoryKeyring::finish_rotation() {
  Masters kept = TRY(read_master_keys(master_key_file_));
  kept.resize(1);
  const std::vector<TypeId> all = TRY(owners());
  for (const TypeId& owner : all) TRY(wrap_anew(owner, kept.front()));
  TRY(write_master_keys(master_key_file_, kept));
  set_masters(std::move(kept));
  return all.size();
}

Result<void> DirectoryKeyring::wrap_anew(const TypeId& owner, const SecretKey& master) {
  KeyFile file = TRY(load(owner));
  if (file.keys.empty()) return {};
  for (WrappedKey& wrapped : file.keys) {
    wrapped = wrap(TRY(unwrap(owner, file, wrapped.version)), master, *entropy_);
  }
  return save(owner, file);
}

Result<std::vector<TypeId>> DirectoryKeyring::owners() const {
  std::vector<TypeId> all;
  std::error_code error;
  for (std::filesystem::recursive_directory_iterator it(directory_, error), end;
       !error && it != end; it.increment(error)) {
    if (it->path().extension() != ".key") continue;
    if (const auto owner = TypeId::parse(it->path().stem().string())) all.push_back(*owner);
  }
  if (error) {
    return fail(ErrorCode::Unavailable, "keyring_unreadable",
                fmt::format("{} cannot be listed: {}.", directory_, error.message()));
  }
  return all;
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
