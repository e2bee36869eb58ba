// The user and password of a proxy, which are recorded nowhere: a run's proxy has `***` in their place.
#pragma once

#include <string>
#include <string_view>

namespace bulkdrop::run {

// It had a login when it was given, and was recorded without it.
bool lacks_login(std::string_view proxy);

// The same with words in its place that ask for it: `http://USER:PASSWORD@proxy.example`. Another one stays
// as it is.
std::string asking_for_login(std::string_view proxy);

}  // namespace bulkdrop::run
