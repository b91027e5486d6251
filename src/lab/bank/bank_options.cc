#include "lab/bank/bank_options.h"

#include <fmt/format.h>

#include <array>
#include <string_view>

namespace remit::lab::bank {

std::vector<PayerAccount> sandbox_accounts(std::size_t count, std::int64_t balance_minor) {
  constexpr std::array<std::string_view, 8> kFirst{"Ada", "Grace", "Alan", "Edith",
                                                   "Tim", "Joan",  "Ivor", "Mary"};
  constexpr std::array<std::string_view, 7> kLast{"Okafor", "Byrne",  "Patel",    "Lindqvist",
                                                  "Murray", "Davies", "Chowdhury"};
  std::vector<PayerAccount> accounts;
  accounts.reserve(count);
  for (std::size_t index = 0; index < count; ++index) {
    accounts.push_back(
        {fmt::format("acc-{:06}", index + 1),
         fmt::format("{} {}", kFirst[index % kFirst.size()], kLast[index % kLast.size()]),
         fmt::format("309950{:08}", 12'345'600 + index), balance_minor});
  }
  return accounts;
}

}  // namespace remit::lab::bank
