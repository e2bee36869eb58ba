// A strict reader of the HTML that we write: what a browser would have to guess at is an error.
#pragma once

#include <cstddef>
#include <map>
#include <set>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace bulkdrop::report {

struct Outline {
  std::map<std::string, std::size_t> elements;  // how many of each
  std::vector<std::string> scripts;             // their content
  std::string text;                             // all other text, references undone
};

class OutlineReader {
 public:
  explicit OutlineReader(std::string_view page) : rest_(page) {}

  Outline read() {
    expect("<!doctype html>\n");
    while (!rest_.empty()) {
      if (rest_.front() == '<') {
        tag();
      } else {
        outline_.text += text_until("<");
      }
    }
    if (!open_.empty()) throw std::runtime_error("not closed: " + open_.back());
    return outline_;
  }

 private:
  void expect(std::string_view words) {
    if (!rest_.starts_with(words)) throw std::runtime_error("no " + std::string(words));
    rest_.remove_prefix(words.size());
  }

  std::string name() {
    std::string word;
    while (!rest_.empty() &&
           (std::isalnum(static_cast<unsigned char>(rest_.front())) != 0 || rest_.front() == '-'))
      word += rest_.front(), rest_.remove_prefix(1);
    if (word.empty()) throw std::runtime_error("a name is missing");
    return word;
  }

  // References undone. Only those that we write are known.
  std::string text_until(std::string_view ends) {
    static const std::map<std::string, char> known = {
        {"&amp;", '&'}, {"&lt;", '<'}, {"&gt;", '>'}, {"&quot;", '"'}, {"&#39;", '\''}};
    std::string text;
    while (!rest_.empty() && ends.find(rest_.front()) == std::string_view::npos) {
      const auto byte = static_cast<unsigned char>(rest_.front());
      if (byte == '>' || (byte < 0x20 && byte != '\n') || byte == 0x7F)
        throw std::runtime_error("a character that should have been escaped");
      if (byte == '&') {
        const std::string reference(rest_.substr(0, rest_.find(';') + 1));
        text += known.at(reference);
        rest_.remove_prefix(reference.size());
      } else {
        text += rest_.front();
        rest_.remove_prefix(1);
      }
    }
    return text;
  }

  void tag() {
    static const std::set<std::string> empty = {"meta", "input"};
    rest_.remove_prefix(1);
    if (rest_.starts_with('/')) {
      rest_.remove_prefix(1);
      if (open_.empty() || name() != open_.back()) throw std::runtime_error("closed what was not open");
      open_.pop_back();
      return expect(">");
    }
    const std::string element = name();
    ++outline_.elements[element];
    while (rest_.starts_with(' ')) {
      rest_.remove_prefix(1);
      const std::string attribute = name();
      if (attribute.starts_with("on") || attribute == "style" || attribute == "href" || attribute == "src")
        throw std::runtime_error("an attribute that runs or loads: " + attribute);
      if (!rest_.starts_with('=')) continue;
      expect("=\"");
      static_cast<void>(text_until("\""));
      expect("\"");
    }
    if (rest_.starts_with("/>")) return rest_.remove_prefix(2);
    expect(">");
    if (element == "style" || element == "script") {
      const std::string end = "</" + element + ">";
      const std::size_t size = rest_.find(end);
      if (size == std::string_view::npos) throw std::runtime_error("no " + end);
      if (element == "script") outline_.scripts.emplace_back(rest_.substr(0, size));
      return rest_.remove_prefix(size + end.size());
    }
    if (!empty.contains(element)) open_.push_back(element);
  }

  std::string_view rest_;
  std::vector<std::string> open_;
  Outline outline_;
};

}  // namespace bulkdrop::report
