#pragma once

#include "kit/base/bytes.h"

#include <cstdint>
#include <span>

namespace remit {

/// The port to randomness that need not be secret: jitter, sampling, ids. Reproducible from a seed
/// in simulation.
class Random {
 public:
  virtual ~Random() = default;
  virtual std::uint64_t next() = 0;
  /// Uniform in [0, bound). `bound` must be above zero.
  std::uint64_t below(std::uint64_t bound);
  /// True with a probability of `per_million` in a million.
  bool chance(std::uint32_t per_million);
};

/// xoshiro256** seeded by splitmix64: the same seed gives the same numbers on every platform.
class SeededRandom final : public Random {
 public:
  explicit SeededRandom(std::uint64_t seed);
  std::uint64_t next() override;

 private:
  std::uint64_t state_[4];
};

/// The port to secret randomness: keys, nonces, `state` and `nonce` parameters, API keys. Thread
/// safe.
class Entropy {
 public:
  virtual ~Entropy() = default;
  virtual void fill(std::span<std::byte> out) = 0;
  Bytes bytes(std::size_t count);
};

/// OpenSSL's generator, seeded by the operating system.
class SystemEntropy final : public Entropy {
 public:
  void fill(std::span<std::byte> out) override;
};

/// Entropy for simulation: predictable, so never for production.
class SeededEntropy final : public Entropy {
 public:
  explicit SeededEntropy(std::uint64_t seed) : random_(seed) {}
  void fill(std::span<std::byte> out) override;

 private:
  SeededRandom random_;
};

}  // namespace remit
