#include "kit/base/codec/codec.h"
#include "kit/base/codec/json.h"
#include "kit/base/codec/sample_test.h"

#include <benchmark/benchmark.h>

namespace remit::codec {
namespace {

sample::Payment payment() {
  return {.id = sample::sample_id(),
          .client = sample::sample_id(),
          .amount = 1250,
          .currency = {std::byte{'G'}, std::byte{'B'}, std::byte{'P'}},
          .state = sample::State::Settled,
          .reference = "INV-20417",
          .end_to_end_id = "E2E-2026-000123",
          .created_at = Timestamp(Duration(1'787'218'200'123'456)),
          .attempt = 1,
          .mandate = std::nullopt};
}

void encode_appending(benchmark::State& state) {
  const auto value = payment();
  Bytes out;
  for (auto _ : state) {
    out.clear();
    encode_to(value, out);
    benchmark::DoNotOptimize(out.data());
  }
  state.counters["bytes"] = static_cast<double>(out.size());
}
BENCHMARK(encode_appending);

void encode_fresh(benchmark::State& state) {
  const auto value = payment();
  for (auto _ : state) benchmark::DoNotOptimize(encode(value));
}
BENCHMARK(encode_fresh);

void decode_struct(benchmark::State& state) {
  const Bytes bytes = encode(payment());
  for (auto _ : state) benchmark::DoNotOptimize(decode<sample::Payment>(bytes));
}
BENCHMARK(decode_struct);

void write_json_text(benchmark::State& state) {
  const auto value = payment();
  for (auto _ : state) benchmark::DoNotOptimize(to_json(value));
}
BENCHMARK(write_json_text);

void read_json_text(benchmark::State& state) {
  const std::string text = to_json(payment());
  for (auto _ : state) benchmark::DoNotOptimize(from_json<sample::Payment>(text));
}
BENCHMARK(read_json_text);

}  // namespace
}  // namespace remit::codec
