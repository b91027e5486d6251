#include "kit/base/random.h"

#include "kit/base/check.h"

#include <openssl/rand.h>

#include <bit>

namespace remit {

std::uint64_t Random::below(std::uint64_t bound) {
  CHECK(bound > 0, "a range without numbers");
  // Rejects the uneven end of the range, so that every number is as likely as the others.
  const std::uint64_t uneven = (0 - bound) % bound;
  std::uint64_t number = next();
  while (number < uneven) number = next();
  return number % bound;
}

bool Random::chance(std::uint32_t per_million) {
  return below(1'000'000) < per_million;
}

SeededRandom::SeededRandom(std::uint64_t seed) {
  for (std::uint64_t& word : state_) {
    seed += 0x9E3779B97F4A7C15ULL;
    std::uint64_t mixed = seed;
    mixed = (mixed ^ (mixed >> 30U)) * 0xBF58476D1CE4E5B9ULL;
    mixed = (mixed ^ (mixed >> 27U)) * 0x94D049BB133111EBULL;
    word = mixed ^ (mixed >> 31U);
  }
}

std::uint64_t SeededRandom::next() {
  const std::uint64_t result = std::rotl(state_[1] * 5, 7) * 9;
  const std::uint64_t shifted = state_[1] << 17U;
  state_[2] ^= state_[0];
  state_[3] ^= state_[1];
  state_[1] ^= state_[2];
  state_[0] ^= state_[3];
  state_[2] ^= shifted;
  state_[3] = std::rotl(state_[3], 45);
  return result;
}

Bytes Entropy::bytes(std::size_t count) {
  Bytes out(count);
  fill(out);
  return out;
}

void SystemEntropy::fill(std::span<std::byte> out) {
  CHECK(RAND_bytes(reinterpret_cast<unsigned char*>(out.data()), static_cast<int>(out.size())) == 1,
        "the system gives no randomness");
}

void SeededEntropy::fill(std::span<std::byte> out) {
  for (std::byte& byte : out) byte = static_cast<std::byte>(random_.next() >> 56U);
}

}  // namespace remit
