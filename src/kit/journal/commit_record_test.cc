#include "kit/journal/commit_record.h"

#include "kit/base/codec/golden_test.h"
#include "kit/base/random.h"

#include <gtest/gtest.h>

namespace remit::journal {
namespace {

constexpr Epoch kEpoch{3};
constexpr Timestamp kTime{std::chrono::microseconds(1'787'218'200'123'456)};
const TypeId kPayment("pay", {1, 2, 3});
const TypeId kTransfer("trf", {4, 5, 6});
const ClientId kClient("cli", {7, 8, 9});

Commit sample() {
  Commit commit{.sequence = Sequence(42), .first_position = Position(1000), .time = kTime};
  commit.causes = {{.command = TypeId("cmd", {10}),
                    .correlation = TypeId("req", {11}),
                    .client = kClient,
                    .trace = {.trace_id = {1, 2, 3}, .span_id = {4, 5}, .flags = 1},
                    .actor = "user:alice"},
                   {.command = TypeId("cmd", {12}), .actor = "timer"}};
  commit.events = {{kPayment, Version(1), "payment.created", 1, 0, to_bytes("a payload")},
                   {kPayment, Version(2), "payment.settled", 2, 1, {}},
                   {kTransfer, Version(1), "payment.created", 2, 0, to_bytes("\x01\x02")},
                   {kTransfer, Version(2), "payment.created", 1, 1, to_bytes("again")}};
  commit.receipts = {
      {kClient, "key-1", sha256(as_bytes("request")), to_bytes("answer"), kTime, Position(1003)}};
  return commit;
}

bool same(const Commit& left, const Commit& right) {
  return left.sequence == right.sequence && left.first_position == right.first_position &&
         left.time == right.time && left.causes == right.causes && left.events == right.events &&
         left.receipts == right.receipts;
}

TEST(CommitRecord, GoldenBytes) {
  const Commit receipts_only{.sequence = Sequence(1),
                             .first_position = Position(1),
                             .time = kTime,
                             .receipts = sample().receipts};
  codec::expect_golden("journal/commit.hex", encode_commit(sample(), kEpoch));
  codec::expect_golden("journal/commit_of_receipts.hex", encode_commit(receipts_only, kEpoch));
}

TEST(CommitRecord, GivesBackWhatWasEncoded) {
  const auto decoded = decode_commit(encode_commit(sample(), kEpoch));
  ASSERT_TRUE(decoded) << decoded.error().describe();
  EXPECT_TRUE(same(decoded->commit, sample()));
  EXPECT_EQ(decoded->epoch, kEpoch);
}

/// The record has no checksum of its own, the chain is it: a changed bit may decode, to something that can be stored.
TEST(CommitRecord, EveryChangedBitIsRefusedOrDecodesToWhatCanBeEncoded) {
  const Bytes good = encode_commit(sample(), kEpoch);
  std::size_t refused = 0;
  for (std::size_t bit = 0; bit < good.size() * 8; ++bit) {
    Bytes damaged = good;
    damaged[bit / 8] ^= static_cast<std::byte>(1U << (bit % 8));
    ASSERT_NE(chain_after({}, damaged), chain_after({}, good)) << "bit " << bit;
    const auto decoded = decode_commit(damaged);
    if (!decoded) {
      ASSERT_EQ(decoded.error().code, ErrorCode::Corrupt) << "bit " << bit;
      ++refused;
      continue;
    }
    const auto again = decode_commit(encode_commit(decoded->commit, decoded->epoch));
    ASSERT_TRUE(again) << "bit " << bit << ": " << again.error().describe();
    ASSERT_TRUE(same(again->commit, decoded->commit)) << "bit " << bit;
  }
  EXPECT_GT(refused, good.size());
}

TEST(CommitRecord, EveryTruncationIsRefused) {
  const Bytes good = encode_commit(sample(), kEpoch);
  for (std::size_t size = 0; size < good.size(); ++size) {
    const auto decoded = decode_commit(ByteView(good).first(size));
    ASSERT_FALSE(decoded) << size << " bytes";
    ASSERT_EQ(decoded.error().code, ErrorCode::Corrupt);
  }
  Bytes longer = good;
  longer.push_back(std::byte{0});
  EXPECT_FALSE(decode_commit(longer));
}

/// Every byte set to what varints stop at, go on at, and promise most with.
TEST(CommitRecord, CountsThatPromiseTooMuchAreRefusedWithoutRoomForThem) {
  const Bytes good = encode_commit(sample(), kEpoch);
  for (std::size_t at = 0; at < good.size(); ++at) {
    for (const int value : {0x00, 0x7F, 0x80, 0xFF}) {
      Bytes damaged = good;
      for (std::size_t i = at; i < std::min(at + 9, damaged.size()); ++i) {
        damaged[i] = static_cast<std::byte>(value);
        const auto decoded = decode_commit(damaged);
        if (!decoded) continue;
        // What there is of it had to be in the bytes: no list is longer than them.
        ASSERT_LE(decoded->commit.events.size(), good.size());
        ASSERT_LE(decoded->commit.causes.size(), good.size());
        ASSERT_LE(decoded->commit.receipts.size(), good.size());
      }
    }
  }
}

TEST(CommitRecord, RandomBytesAreRefusedOrDecodeToWhatCanBeEncoded) {
  SeededRandom random(20260820);
  for (int round = 0; round < 20'000; ++round) {
    Bytes bytes(random.below(300));
    for (std::byte& byte : bytes) byte = static_cast<std::byte>(random.next());
    // A right length at the front gets past the first refusal.
    if (!bytes.empty() && bytes.size() <= 128) bytes[0] = static_cast<std::byte>(bytes.size() - 1);
    if (bytes.size() > 1 && random.chance(500'000)) bytes[1] = std::byte{1};
    const auto decoded = decode_commit(bytes);
    if (!decoded) {
      ASSERT_EQ(decoded.error().code, ErrorCode::Corrupt);
      continue;
    }
    const auto again = decode_commit(encode_commit(decoded->commit, decoded->epoch));
    ASSERT_TRUE(again) << again.error().describe();
    ASSERT_TRUE(same(again->commit, decoded->commit));
  }
}

TEST(CommitRecord, NamesAnActorOnceForAllCauses) {
  Commit commit = sample();
  const std::string actor = "key:key_01h455vb4pex5vsknk084sn02q";
  for (Cause& cause : commit.causes) cause.actor.clear();
  const std::size_t without = encode_commit(commit, kEpoch).size();
  for (Cause& cause : commit.causes) cause.actor = actor;
  const Bytes with = encode_commit(commit, kEpoch);
  EXPECT_LE(with.size(), without + actor.size() + 2);
  EXPECT_TRUE(same(decode_commit(with)->commit, commit));
}

TEST(CommitRecord, RefusesAnotherLevelAndIndexesThatPointNowhere) {
  Bytes later = encode_commit(sample(), kEpoch);
  const std::size_t level = 2;  // Behind the length, which takes two bytes here.
  ASSERT_EQ(later[level], std::byte{1});
  later[level] = std::byte{2};
  EXPECT_EQ(decode_commit(later).error().reason, "commit_corrupt");

  Commit wild = sample();
  wild.events[0].cause = 2;
  EXPECT_EQ(decode_commit(encode_commit(wild, kEpoch)).error().reason, "commit_corrupt");
}

}  // namespace
}  // namespace remit::journal
