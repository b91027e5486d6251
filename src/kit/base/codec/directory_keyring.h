#pragma once

#include "kit/base/codec/keyring.h"

#include <chrono>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

namespace remit::codec {

/// Data keys as files, each wrapped by one master key (AES-256-GCM), so that the directory alone opens
/// nothing. One file an owner, `<directory>/<last two characters of the id>/<id>.key`: its keys, or
/// after an erasure only the number of the last. Every change is durable before it is answered.
/// Several processes of one machine may share the directory: what is kept in memory is used only while
/// the owner's file is the very one that it was read from, which is looked at again after kCheckedAgain.
///
/// Both kinds of keys can be replaced. A data key gets a successor (rotate); the master key is replaced for all files at once
/// (rotate_master): while that goes on its file holds the new one and, in a second line, the old one, so that an end in the
/// middle loses nothing, and the next open goes on with it.
///
/// An erasure replaces the file; the blocks of the old one may stay on the device until they are
/// written over, wrapped. Whoever must exclude that keeps the master key in a store that can forget.
class DirectoryKeyring final : public Keyring {
 public:
  struct Options {
    std::string directory;  ///< Made if need be; its parent must exist.
    std::string
        master_key_file;  ///< 64 hexadecimal digits a line, mode 0600; better on another volume.
  };
  struct Opened {
    std::unique_ptr<DirectoryKeyring> keyring;
    std::string notice;  ///< A line for the log when a master key was made now; else empty.
  };

  /// For so long an erasure by another process may go unseen; one by this process is seen at once.
  static constexpr std::chrono::milliseconds kCheckedAgain{50};

  /// Makes the master key when neither it nor any data key exists. Fails with FailedPrecondition:
  /// `master_key_exposed` when others may read the file, `master_key_missing` when data keys exist
  /// without it, `master_key_invalid` when it is not a key.
  static Result<Opened> open(const Options& options, Entropy& entropy);
  ~DirectoryKeyring() override;

  /// Corrupt `key_unreadable` when a file is damaged or was wrapped by another master key.
  Result<Key> find(const TypeId& owner, std::uint32_t version) override;
  Result<Key> ensure(const TypeId& owner) override;
  /// LimitExceeded `keys_too_many` beyond kKeysMax of one owner.
  Result<Key> rotate(const TypeId& owner) override;
  /// CHECKs that nobody asks: a file each is for a few thousand owners; kit/keys has the keyring for more.
  Result<TypeId> make(std::string_view prefix, const TypeId& parent) override;
  Result<void> erase(const TypeId& owner) override;

  /// A new key for every owner that has one. Returns their number; after a failure some have one, and it may be done again.
  Result<std::size_t> rotate_all();
  /// Wraps every data key with a new master key and forgets the old one. Returns the number of owners. A keyring of another
  /// process on the directory reads the master key's file again when it meets what it cannot open.
  Result<std::size_t> rotate_master();
  /// Whoever has a key, erased or not.
  Result<std::vector<TypeId>> owners() const;

  /// Of one owner: they are kept for ever, since the journal is.
  static constexpr std::size_t kKeysMax = 500;

 private:
  struct KeyFile;
  /// Which file a path names: another inode, time or size is another file.
  struct FileIdentity {
    std::uint64_t inode = 0;
    std::int64_t changed_seconds = 0;
    std::int64_t changed_nanoseconds = 0;
    std::int64_t bytes = 0;
    bool operator==(const FileIdentity&) const = default;
  };
  struct Unwrapped {
    std::string path;
    FileIdentity file;
    Key key;
    std::chrono::steady_clock::time_point checked;  ///< That the file is still that one.
  };
  static constexpr std::size_t kUnwrappedMax = 4096;

  /// The first wraps; all open.
  using Masters = std::vector<SecretKey>;

  DirectoryKeyring(const Options& options, Masters masters, Entropy& entropy);
  std::string shard_of(const TypeId& owner) const;
  std::string path_of(const TypeId& owner) const;
  Result<KeyFile> load(const TypeId& owner) const;
  Result<void> save(const TypeId& owner, const KeyFile& file) const;
  Result<Key> unwrap(const TypeId& owner, const KeyFile& file, std::uint32_t version);
  std::optional<Key> open_wrapped(const TypeId& owner, const KeyFile& file, std::uint32_t version);
  Result<Key> add_key(const TypeId& owner, KeyFile& file);
  Result<std::size_t> finish_rotation();
  Result<void> wrap_anew(const TypeId& owner, const SecretKey& master);
  void set_masters(Masters masters);
  static std::optional<FileIdentity> identify(const std::string& path);
  /// The newest key of the owner, if its file is still the one that it came from.
  std::optional<Key> remembered(const TypeId& owner);
  void remember(const Key& key, const FileIdentity& file);

  const std::string directory_;
  const std::string master_key_file_;
  Entropy* entropy_;
  std::mutex masters_mutex_;
  Masters masters_;
  std::mutex mutex_;  ///< One change at a time; other processes are held off by a lock on a file.
  std::mutex unwrapped_mutex_;
  std::unordered_map<TypeId, Unwrapped> unwrapped_;  ///< The newest keys of owners lately used.
};

}  // namespace remit::codec
