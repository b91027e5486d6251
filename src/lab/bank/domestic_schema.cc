#include "lab/bank/domestic_schema.h"

#include <algorithm>
#include <array>

namespace remit::lab::bank {
namespace {

using Kind = Schema::Kind;
using Field = Schema::Field;

bool all_of(std::string_view text, std::string_view allowed) {
  return text.find_first_not_of(allowed) == std::string_view::npos;
}

constexpr std::string_view kDigits = "0123456789";
constexpr std::string_view kUpper = "ABCDEFGHIJKLMNOPQRSTUVWXYZ";
constexpr std::string_view kUpperAndDigits = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";

/// ^\d{1,13}$|^\d{1,13}\.\d{1,5}$
bool is_amount(std::string_view text) {
  const std::size_t point = text.find('.');
  const std::string_view whole = text.substr(0, point);
  if (whole.empty() || whole.size() > 13 || !all_of(whole, kDigits)) return false;
  if (point == std::string_view::npos) return true;
  const std::string_view fraction = text.substr(point + 1);
  return !fraction.empty() && fraction.size() <= 5 && all_of(fraction, kDigits);
}

bool is_letters(std::string_view text) {
  return all_of(text, kUpper);
}

/// ISO 17442; the OpenAPI document's own pattern refuses some that are valid.
bool is_lei(std::string_view text) {
  return text.size() == 20 && all_of(text.substr(0, 18), kUpperAndDigits) &&
         all_of(text.substr(18), kDigits);
}

bool is_code4(std::string_view text) {
  return all_of(text, kUpperAndDigits);
}

/// The value is one of the words of `list`, which stand between spaces.
template <const std::string_view& list>
bool one_of(std::string_view text) {
  std::string_view rest = list;
  while (!rest.empty()) {
    const std::size_t end = std::min(rest.find(' '), rest.size());
    if (rest.substr(0, end) == text) return true;
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
  return false;
}

constexpr std::string_view kAddressTypes = "BIZZ DLVY MLTO PBOX ADDR HOME CORR STAT";
constexpr std::string_view kProxyTypes =
    "TELE EMAL DNAM CINC COTX COID CUST DRLC EIDN EWAL PVTX LEIC MBNO NIDN CCPT SHID SOSE TOKN "
    "UBIL VIPN BIID";
constexpr std::string_view kDocumentTypes =
    "CINV CNFA CONT CREN DEBN DISP DNFA HIRI INVS MSIN PROF PUOR QUOT SBIN SPRR TISH";
constexpr std::string_view kReferenceTypes = "DISP FXDR PUOR RPIN RADM SCOR";
constexpr std::string_view kIndicators = "CRED DEBT BOTH";
constexpr std::string_view kYesOrNo = "No Yes";
constexpr std::string_view kAuthorisations = "Any Single";
constexpr std::string_view kApproaches = "CA SCA";
constexpr std::string_view kExemptions =
    "BillPayment ContactlessTravel EcommerceGoods EcommerceServices Kiosk Parking PartyToParty";
constexpr std::string_view kContexts =
    "BillingGoodsAndServicesInAdvance BillingGoodsAndServicesInArrears "
    "EcommerceMerchantInitiatedPayment FaceToFacePointOfSale TransferToSelf TransferToThirdParty";
constexpr std::string_view kBeneficiaryTypes =
    "Business BusinessSavingsAccount Charity Collection Corporate Ewallet Government Investment "
    "ISA JointPersonal Pension Personal PersonalSavingsAccount Premier Wealth";

template <std::size_t max, std::size_t min = 1>
constexpr Schema kText{.kind = Kind::Text, .size_min = min, .size_max = max};
template <const std::string_view& list>
constexpr Schema kOneOf{.kind = Kind::Text, .valid = one_of<list>};
constexpr Schema kDateTime{.kind = Kind::DateTime};
constexpr Schema kBoolean{.kind = Kind::Boolean};
constexpr Schema kInteger{.kind = Kind::Integer};
constexpr Schema kAnything{.kind = Kind::Object, .open = true};
constexpr Schema kCountry{.size_min = 2, .size_max = 2, .valid = is_letters};
constexpr Schema kLei{.size_min = 20, .size_max = 20, .valid = is_lei};
constexpr Schema kExternalCode{.size_min = 4, .size_max = 4, .valid = is_code4};
constexpr Schema kAmountText{.size_min = 1, .valid = is_amount};
constexpr Schema kCurrency{.size_min = 3, .size_max = 3, .valid = is_letters};

constexpr Schema list_of(const Schema& items, std::size_t max = 1000) {
  return {.kind = Kind::Array, .size_max = max, .items = &items};
}
constexpr Schema object_of(std::span<const Field> fields) {
  return {.kind = Kind::Object, .fields = fields};
}

constexpr std::array kAmountFields{Field{"Amount", &kAmountText, true},
                                   Field{"Currency", &kCurrency, true}};
constexpr Schema kAmount = object_of(kAmountFields);

constexpr Schema kAddressLines = list_of(kText<70>, 7);
constexpr std::array kAddressFields{Field{"AddressType", &kOneOf<kAddressTypes>},
                                    Field{"Department", &kText<70>},
                                    Field{"SubDepartment", &kText<70>},
                                    Field{"StreetName", &kText<140>},
                                    Field{"BuildingNumber", &kText<16>},
                                    Field{"BuildingName", &kText<140>},
                                    Field{"Floor", &kText<70>},
                                    Field{"UnitNumber", &kText<16>},
                                    Field{"Room", &kText<70>},
                                    Field{"PostBox", &kText<16>},
                                    Field{"TownLocationName", &kText<140>},
                                    Field{"DistrictName", &kText<140>},
                                    Field{"CareOf", &kText<140>},
                                    Field{"PostCode", &kText<16>},
                                    Field{"TownName", &kText<140>},
                                    Field{"CountrySubDivision", &kText<35>},
                                    Field{"Country", &kCountry},
                                    Field{"AddressLine", &kAddressLines}};
constexpr Schema kAddress = object_of(kAddressFields);

constexpr std::array kProxyFields{Field{"Identification", &kText<2048>, true},
                                  Field{"Code", &kOneOf<kProxyTypes>, true},
                                  Field{"Type", &kText<35>}};
constexpr Schema kProxy = object_of(kProxyFields);

constexpr std::array kDebtorFields{
    Field{"SchemeName", &kText<40>, true}, Field{"Identification", &kText<256>, true},
    Field{"Name", &kText<350>}, Field{"SecondaryIdentification", &kText<34>},
    Field{"Proxy", &kProxy}};
constexpr Schema kDebtorAccount = object_of(kDebtorFields);
constexpr std::array kCreditorFields{
    Field{"SchemeName", &kText<40>, true}, Field{"Identification", &kText<256>, true},
    Field{"Name", &kText<350>, true}, Field{"SecondaryIdentification", &kText<34>},
    Field{"Proxy", &kProxy}};
constexpr Schema kCreditorAccount = object_of(kCreditorFields);

constexpr std::array kAgentFields{Field{"SchemeName", &kText<40>},
                                  Field{"Identification", &kText<35>}, Field{"Name", &kText<140>},
                                  Field{"LEI", &kLei}, Field{"PostalAddress", &kAddress}};
constexpr Schema kAgent = object_of(kAgentFields);
constexpr std::array kPartyFields{Field{"Name", &kText<140>}, Field{"Identification", &kText<256>},
                                  Field{"LEI", &kLei}, Field{"SchemeName", &kText<40>},
                                  Field{"PostalAddress", &kAddress}};
constexpr Schema kParty = object_of(kPartyFields);

constexpr std::array kAuthorityFields{Field{"Name", &kText<140>}, Field{"CountryCode", &kCountry}};
constexpr Schema kAuthority = object_of(kAuthorityFields);
constexpr Schema kReportingInformation = list_of(kText<35>);
constexpr std::array kReportingDetailFields{Field{"Type", &kText<35>}, Field{"Date", &kDateTime},
                                            Field{"Country", &kCountry}, Field{"Amount", &kAmount},
                                            Field{"Information", &kReportingInformation}};
constexpr Schema kReportingDetail = object_of(kReportingDetailFields);
constexpr Schema kReportingDetails = list_of(kReportingDetail);
constexpr std::array kReportingFields{Field{"DebitCreditReportingIndicator", &kOneOf<kIndicators>},
                                      Field{"Authority", &kAuthority},
                                      Field{"Details", &kReportingDetails}};
constexpr Schema kReporting = object_of(kReportingFields);
constexpr Schema kReportings = list_of(kReporting, 10);

constexpr Schema kLineDetails = list_of(kText<1000, 0>);
constexpr std::array kDocumentFields{Field{"Code", &kOneOf<kDocumentTypes>},
                                     Field{"Issuer", &kText<35>}, Field{"Number", &kText<35>},
                                     Field{"RelatedDate", &kDateTime},
                                     Field{"LineDetails", &kLineDetails}};
constexpr Schema kDocument = object_of(kDocumentFields);
constexpr Schema kDocuments = list_of(kDocument);
constexpr std::array kCreditorReferenceFields{Field{"Code", &kOneOf<kReferenceTypes>},
                                              Field{"Issuer", &kText<35>},
                                              Field{"Reference", &kText<35>}};
constexpr Schema kCreditorReference = object_of(kCreditorReferenceFields);
constexpr Schema kAdditionalRemittance = list_of(kText<140>, 3);
constexpr std::array kStructuredFields{
    Field{"ReferredDocumentInformation", &kDocuments},
    Field{"ReferredDocumentAmount", &kInteger},
    Field{"CreditorReferenceInformation", &kCreditorReference},
    Field{"Invoicer", &kText<256>},
    Field{"Invoicee", &kText<256>},
    Field{"TaxRemittance", &kText<140>},
    Field{"AdditionalRemittanceInformation", &kAdditionalRemittance}};
constexpr Schema kStructured = object_of(kStructuredFields);
constexpr Schema kStructuredList = list_of(kStructured);
constexpr Schema kUnstructuredList = list_of(kText<140>);
constexpr std::array kRemittanceFields{Field{"Structured", &kStructuredList},
                                       Field{"Unstructured", &kUnstructuredList}};
constexpr Schema kRemittance = object_of(kRemittanceFields);

constexpr std::array kInitiationFields{Field{"InstructionIdentification", &kText<35>, true},
                                       Field{"EndToEndIdentification", &kText<35>, true},
                                       Field{"LocalInstrument", &kText<50>},
                                       Field{"InstructedAmount", &kAmount, true},
                                       Field{"DebtorAccount", &kDebtorAccount},
                                       Field{"CreditorAgent", &kAgent},
                                       Field{"CreditorAccount", &kCreditorAccount, true},
                                       Field{"CreditorPostalAddress", &kAddress},
                                       Field{"UltimateCreditor", &kParty},
                                       Field{"UltimateDebtor", &kParty},
                                       Field{"RegulatoryReporting", &kReportings},
                                       Field{"RemittanceInformation", &kRemittance},
                                       Field{"SupplementaryData", &kAnything}};
constexpr Schema kInitiation = object_of(kInitiationFields);

constexpr std::array kRiskFields{Field{"PaymentContextCode", &kOneOf<kContexts>},
                                 Field{"MerchantCategoryCode", &kText<4, 3>},
                                 Field{"MerchantCustomerIdentification", &kText<70>},
                                 Field{"ContractPresentIndicator", &kBoolean},
                                 Field{"BeneficiaryPrepopulatedIndicator", &kBoolean},
                                 Field{"PaymentPurposeCode", &kExternalCode},
                                 Field{"CategoryPurposeCode", &kExternalCode},
                                 Field{"BeneficiaryAccountType", &kOneOf<kBeneficiaryTypes>},
                                 Field{"DeliveryAddress", &kAddress}};
constexpr Schema kRisk = object_of(kRiskFields);

constexpr std::array kAuthorisationFields{
    Field{"AuthorisationType", &kOneOf<kAuthorisations>, true},
    Field{"CompletionDateTime", &kDateTime}};
constexpr Schema kAuthorisation = object_of(kAuthorisationFields);
constexpr std::array kScaFields{Field{"RequestedSCAExemptionType", &kOneOf<kExemptions>},
                                Field{"AppliedAuthenticationApproach", &kOneOf<kApproaches>},
                                Field{"ReferencePaymentOrderId", &kText<40>}};
constexpr Schema kScaSupportData = object_of(kScaFields);

constexpr std::array kConsentDataFields{
    Field{"ReadRefundAccount", &kOneOf<kYesOrNo>}, Field{"Initiation", &kInitiation, true},
    Field{"Authorisation", &kAuthorisation}, Field{"SCASupportData", &kScaSupportData}};
constexpr Schema kConsentData = object_of(kConsentDataFields);
constexpr std::array kConsentFields{Field{"Data", &kConsentData, true},
                                    Field{"Risk", &kRisk, true}};
constexpr Schema kConsent = object_of(kConsentFields);

constexpr std::array kPaymentDataFields{Field{"ConsentId", &kText<128>, true},
                                        Field{"Initiation", &kInitiation, true}};
constexpr Schema kPaymentData = object_of(kPaymentDataFields);
constexpr std::array kPaymentFields{Field{"Data", &kPaymentData, true},
                                    Field{"Risk", &kRisk, true}};
constexpr Schema kPayment = object_of(kPaymentFields);

}  // namespace

const Schema& domestic_consent_schema() {
  return kConsent;
}

const Schema& domestic_payment_schema() {
  return kPayment;
}

}  // namespace remit::lab::bank
