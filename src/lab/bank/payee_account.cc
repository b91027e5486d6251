#include "lab/bank/payee_account.h"

#include <array>

namespace remit::lab::bank {

std::string_view name_check_text(NameCheck check) {
  constexpr std::array<std::string_view, 4> kTexts{"answers", "opted_out", "switched",
                                                   "unsupported"};
  return kTexts[static_cast<std::size_t>(check)];
}

std::vector<PayeeAccount> sandbox_payees() {
  return {
      {.identification = "20451410000001", .name = "Fern & Sons Ltd", .business = true},
      {.identification = "20451410000002", .name = "Dr Margaret Anne O'Neill"},
      {.identification = "20451410000003", .name = "Zoë Brontë-Hughes"},
      {.identification = "20451410000004",
       .name = "Priya Raman",
       .secondary_reference = "ROLL/123456"},
      {.identification = "20451410000005", .name = "Omar Haddad", .check = NameCheck::OptedOut},
      {.identification = "20451410000006",
       .name = "Lark Bakery Ltd",
       .business = true,
       .check = NameCheck::Switched},
      {.identification = "20451410000007",
       .name = "Heron Trustees",
       .business = true,
       .check = NameCheck::Unsupported},
  };
}

}  // namespace remit::lab::bank
