#include "kit/sqlite/simulated/disk_image.h"

#include "kit/base/check.h"

#include <algorithm>
#include <cstring>
#include <set>

namespace remit::sqlite {
namespace {

constexpr std::uint32_t kMillion = 1'000'000;

void grow(Bytes& content, std::uint64_t bytes) {
  if (content.size() < bytes) content.resize(bytes);
}

void put(Bytes& content, std::uint64_t offset, ByteView bytes) {
  grow(content, offset + bytes.size());
  if (!bytes.empty()) std::memcpy(content.data() + offset, bytes.data(), bytes.size());
}

}  // namespace

std::string_view folder_of(std::string_view path) {
  return path.substr(0, path.rfind('/'));
}

/// In a million.
struct DiskImage::Chances {
  std::uint32_t kept;
  std::uint32_t torn;  ///< Of those that are kept.

  static Chances draw(Random& random) {
    const auto some = [&] { return static_cast<std::uint32_t>(random.below(5) * kMillion / 4); };
    const std::uint32_t kept = some();
    return {kept, random.below(2) == 0 ? 0 : some()};
  }
};

std::optional<DiskImage::Inode> DiskImage::find(const std::string& path) const {
  const auto found = names_.find(path);
  if (found == names_.end()) return std::nullopt;
  return found->second;
}

DiskImage::Inode DiskImage::create(const std::string& path) {
  CHECK(!names_.contains(path), "{} exists", path);
  names_.emplace(path, ++last_inode_);
  files_.emplace(last_inode_, File{});
  return last_inode_;
}

void DiskImage::remove(const std::string& path) {
  names_.erase(path);
}

void DiskImage::apply(Bytes& content, const Change& change) {
  if (change.truncated_to) {
    content.resize(*change.truncated_to);
  } else {
    put(content, change.offset, change.bytes);
  }
}

/// Each sector that the write touches is written or not; the file is as long as the write made it.
void DiskImage::apply_torn(Bytes& content, const Change& change, Random& random) {
  if (change.truncated_to) return;
  const std::uint64_t end = change.offset + change.bytes.size();
  grow(content, end);
  for (std::uint64_t at = change.offset; at < end;) {
    const std::uint64_t next = std::min(end, (at / kSectorBytes + 1) * kSectorBytes);
    if (random.below(2) == 0) {
      put(content, at, ByteView(change.bytes).subspan(at - change.offset, next - at));
    }
    at = next;
  }
}

void DiskImage::apply_some(File& file, const Chances& chances, Random& random) {
  for (const Change& change : file.unsynced) {
    if (!random.chance(chances.kept)) {
      // The length is written apart from the bytes.
      if (!change.truncated_to && random.below(4) == 0) {
        grow(file.durable, change.offset + change.bytes.size());
      }
    } else if (random.chance(chances.torn)) {
      apply_torn(file.durable, change, random);
    } else {
      apply(file.durable, change);
    }
  }
  file.unsynced.clear();
}

void DiskImage::write(Inode inode, std::uint64_t offset, ByteView bytes) {
  File& file = files_.at(inode);
  file.unsynced.push_back({offset, std::nullopt, to_bytes(bytes)});
  apply(file.cached, file.unsynced.back());
}

void DiskImage::truncate(Inode inode, std::uint64_t bytes) {
  File& file = files_.at(inode);
  file.unsynced.push_back({0, bytes, {}});
  apply(file.cached, file.unsynced.back());
}

void DiskImage::sync(Inode inode) {
  File& file = files_.at(inode);
  for (const Change& change : file.unsynced) apply(file.durable, change);
  file.unsynced.clear();
}

void DiskImage::fail_sync(Inode inode, Random& random) {
  apply_some(files_.at(inode), Chances::draw(random), random);
}

void DiskImage::sync_folder(std::string_view folder) {
  std::erase_if(durable_names_, [&](const auto& name) { return folder_of(name.first) == folder; });
  for (const auto& [path, inode] : names_) {
    if (folder_of(path) == folder) durable_names_.insert_or_assign(path, inode);
  }
}

void DiskImage::power_cut(Random& random) {
  for (auto& [inode, file] : files_) {
    apply_some(file, Chances::draw(random), random);
    file.cached = file.durable;
  }
  std::set<std::string> all;
  for (const auto& [path, inode] : names_) all.insert(path);
  for (const auto& [path, inode] : durable_names_) all.insert(path);
  for (const std::string& path : all) {
    if (random.below(2) == 0) continue;
    const auto now = names_.find(path);
    if (now == names_.end()) {
      durable_names_.erase(path);
    } else {
      durable_names_.insert_or_assign(path, now->second);
    }
  }
  names_ = durable_names_;
  drop_nameless();
}

void DiskImage::drop_nameless() {
  std::set<Inode> named;
  for (const auto& [path, inode] : names_) named.insert(inode);
  std::erase_if(files_, [&](const auto& file) { return !named.contains(file.first); });
}

void DiskImage::flip(const std::string& path, std::uint64_t bit) {
  File& file = files_.at(names_.at(path));
  const std::byte mask{static_cast<unsigned char>(1U << (bit % 8))};
  file.cached.at(bit / 8) ^= mask;
  if (bit / 8 < file.durable.size()) file.durable[bit / 8] ^= mask;
}

std::uint64_t DiskImage::bytes_used() const {
  std::uint64_t bytes = 0;
  for (const auto& [path, inode] : names_) bytes += files_.at(inode).cached.size();
  return bytes;
}

}  // namespace remit::sqlite
