//===-- runtime/CsvReader.cpp - tables of numbers -------------------------===//
//
// Part of mlc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The first line names the columns, unless all of its fields are numbers.
// A selector is a list of columns (separated by commas, as one text): a name,
// an index from 0, a range "first..last" of either, or "!column" for all but
// some. Without one, all columns are read. One column alone gives an array of
// shape [rows], anything else [rows, columns], in the order of the selector.
// The numbers are int64 if all of them are integers, otherwise float64.
//
//===----------------------------------------------------------------------===//

#include "runtime/CsvScanner.h"
#include "runtime/Readers.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstring>

namespace mlc::runtime {

namespace {

using Fields = std::vector<CsvScanner::Field>;

bool parseNumber(std::string_view text, double &value) {
  if (text.size() > 1 && text[0] == '+' && text[1] != '-')
    text.remove_prefix(1);
  auto [end, code] =
      std::from_chars(text.data(), text.data() + text.size(), value);
  if (code == std::errc::result_out_of_range)
    return false;
  return code == std::errc() && end == text.data() + text.size();
}

bool isHeader(const Fields &fields) {
  double number;
  return std::any_of(fields.begin(), fields.end(), [&](const auto &field) {
    return !field.text.empty() && !parseNumber(field.text, number);
  });
}

/// The selector's items.
std::vector<std::string> items(const ArraySource &source) {
  if (!source.columns.empty() || source.selector.empty())
    return source.columns;
  std::vector<std::string> all;
  for (size_t begin = 0, end; begin <= source.selector.size();
       begin = end + 1) {
    end = std::min(source.selector.find(',', begin), source.selector.size());
    all.push_back(source.selector.substr(begin, end - begin));
  }
  return all;
}

/// What a selector asks for, resolved against the columns of a file.
class ColumnChoice {
public:
  ColumnChoice(const ArraySource &source, std::vector<std::string> names,
               size_t count)
      : source(source), names(std::move(names)), count(count) {}

  Expected<std::vector<size_t>> resolve() {
    std::vector<size_t> chosen;
    std::vector<bool> excluded(count, false);
    for (const std::string &item : items(source)) {
      bool exclude = item.size() > 1 && item[0] == '!';
      auto range = resolveItem(exclude ? item.substr(1) : item);
      if (!range)
        return range.takeError();
      for (size_t i = range->first; i <= range->second; ++i)
        if (exclude)
          excluded[i] = true;
        else
          chosen.push_back(i);
    }
    if (chosen.empty())
      for (size_t i = 0; i < count; ++i)
        chosen.push_back(i);
    chosen.erase(std::remove_if(chosen.begin(), chosen.end(),
                                [&](size_t i) { return excluded[i]; }),
                 chosen.end());
    if (chosen.empty())
      return fileError(source.file, "\"", source.selector,
                       "\" leaves no column");
    return chosen;
  }

private:
  Expected<std::pair<size_t, size_t>> resolveItem(const std::string &item) {
    size_t dots = item.find("..");
    bool named = std::find(names.begin(), names.end(), item) != names.end();
    if (dots == std::string::npos || named) {
      auto column = resolveColumn(item);
      if (!column)
        return column.takeError();
      return std::make_pair(*column, *column);
    }
    auto first = resolveColumn(item.substr(0, dots));
    if (!first)
      return first.takeError();
    auto last = resolveColumn(item.substr(dots + 2));
    if (!last)
      return last.takeError();
    if (*first > *last)
      return fileError(source.file, "the range of columns \"", item,
                       "\" ends before it starts");
    return std::make_pair(*first, *last);
  }

  Expected<size_t> resolveColumn(const std::string &item) {
    auto found = std::find(names.begin(), names.end(), item);
    if (found != names.end())
      return static_cast<size_t>(found - names.begin());
    size_t index = 0;
    auto [end, code] =
        std::from_chars(item.data(), item.data() + item.size(), index);
    if (!item.empty() && code == std::errc() &&
        end == item.data() + item.size() && index < count)
      return index;
    if (names.empty())
      return fileError(source.file, "no column \"", item, "\": this file has ",
                       count, " columns without names; choose by index, 0 to ",
                       count - 1);
    return fileError(source.file, "no column \"", item, "\": it has ",
                     listed(names, 12));
  }

  const ArraySource &source;
  std::vector<std::string> names;
  size_t count;
};

/// The numbers of the chosen columns, row by row.
struct Numbers {
  std::vector<double> values;
  bool allIntegers = true;
};

Status readRow(const CsvScanner &scanner, const Fields &fields,
               const std::vector<size_t> &columns, Numbers &numbers) {
  for (size_t column : columns) {
    const CsvScanner::Field &field = fields[column];
    double value = 0;
    if (!parseNumber(field.text, value))
      return scanner.errorAt(
          field.offset,
          field.text.empty()
              ? concat("empty field in column ", column, ": expected a number")
              : concat("expected a number, found \"", field.text.substr(0, 40),
                       "\" in column ", column));
    // Beyond 2^53 a double no longer tells integers apart.
    numbers.allIntegers &=
        std::floor(value) == value && std::fabs(value) <= 9007199254740992.0;
    numbers.values.push_back(value);
  }
  return {};
}

/// Does a row of one column name a sound, as all before it did?
bool namesSound(const Fields &fields, const std::vector<size_t> &columns,
                bool onlySounds) {
  return onlySounds && columns.size() == 1 &&
         isAudioFile(std::string(fields[columns.front()].text));
}

Array makeArray(Numbers numbers, int64_t rows, int64_t columns, bool vector) {
  Array array;
  array.shape =
      vector ? std::vector<int64_t>{rows} : std::vector<int64_t>{rows, columns};
  array.flatRows = true;
  array.dtype = numbers.allIntegers ? DType::I64 : DType::F64;
  array.bytes.resize(numbers.values.size() * sizeof(double));
  if (!numbers.values.empty())
    convertElements(DType::F64,
                    reinterpret_cast<const std::byte *>(numbers.values.data()),
                    array.dtype, array.bytes.data(),
                    static_cast<int64_t>(numbers.values.size()));
  return array;
}

char separatorOf(const std::string &file) {
  return file.find(".tsv") != std::string::npos ? '\t' : ',';
}

bool isOneColumn(const ArraySource &source, size_t chosen) {
  std::vector<std::string> asked = items(source);
  return chosen == 1 && asked.size() == 1 && asked[0][0] != '!';
}

} // namespace

Expected<Array> parseCsv(const std::string &text, const ArraySource &source) {
  CsvScanner scanner(text, source.file, separatorOf(source.file));
  if (scanner.atEnd())
    return fileError(source.file, "this file is empty: expected lines of "
                                  "numbers");
  Fields fields;
  if (auto read = scanner.next(fields); !read)
    return read.takeError();
  size_t width = fields.size();
  std::vector<std::string> names;
  if (isHeader(fields))
    for (const CsvScanner::Field &field : fields)
      names.emplace_back(field.text);
  bool header = !names.empty();
  auto columns = ColumnChoice(source, std::move(names), width).resolve();
  if (!columns)
    return columns.takeError();
  Numbers numbers;
  std::vector<std::string> sounds;
  int64_t rows = 0;
  for (bool pending = !header; pending || !scanner.atEnd(); pending = false) {
    if (!pending)
      if (auto read = scanner.next(fields); !read)
        return read.takeError();
    if (fields.size() != width)
      return scanner.errorAt(fields[0].offset,
                             concat("this line has ", fields.size(),
                                    " fields, the first line has ", width));
    if (namesSound(fields, *columns, sounds.size() == size_t(rows)))
      sounds.emplace_back(fields[columns->front()].text);
    else if (auto read = readRow(scanner, fields, *columns, numbers); !read)
      return read.takeError();
    ++rows;
  }
  if (!sounds.empty())
    return readAudioFiles(sounds, source);
  return makeArray(std::move(numbers), rows,
                   static_cast<int64_t>(columns->size()),
                   isOneColumn(source, columns->size()));
}

Expected<Array> readCsv(const ArraySource &source) {
  auto stream = openFile(source.file);
  if (!stream)
    return stream.takeError();
  auto text = (*stream)->readRest();
  if (!text)
    return text.takeError();
  return parseCsv(*text, source);
}

} // namespace mlc::runtime
