// See row_reader.hpp.
#include "services/tasks/handlers/data/row_reader.hpp"

#include "services/tasks/handlers/data/table_source.hpp"

namespace esm::tasks::data {

namespace {

class table_rows final : public row_reader {
public:
    explicit table_rows(run_control& control) : meter_(control) {}

    checked<void> open(const dataset& given, work& current, const limits& bounds) {
        auto opened = open_table(given, current, bounds, meter_);
        if (!opened) return opened.error();
        table_ = std::move(*opened);
        const auto count = table_->columns().size();
        std::vector<wanted_column> all;
        for (std::size_t i = 0; i < count; ++i) all.push_back({i, i});
        ledger_.emplace(table_->name(), std::vector<std::string>());
        reader_ = std::move(table_->read(all, 1).front());
        batch_.emplace(count);
        row_.resize(count);
        return {};
    }

    const std::vector<std::string>& columns() const override { return table_->columns(); }

    result<const std::vector<cell>*> next() override {
        while (next_ == batch_->rows) {
            if (over_) return nullptr;
            if (meter_.should_stop()) return fail(errc::validation_failed, "told to stop");
            next_ = 0;
            const auto got = reader_->next(*batch_);
            if (!got) {
                return fail(errc::validation_failed, ledger_->located(got.error(), batch_->part).text);
            }
            over_ = *got == batch_reader::fetched::end;
            if (*got == batch_reader::fetched::part_over) ledger_->add(batch_->part, reader_->counts());
        }
        for (std::size_t i = 0; i < row_.size(); ++i) row_[i] = batch_->columns[i][next_];
        ++next_;
        return &row_;
    }

private:
    read_meter meter_;
    std::unique_ptr<table_source> table_;
    std::optional<part_ledger> ledger_;
    std::unique_ptr<batch_reader> reader_;
    std::optional<batch> batch_;
    std::vector<cell> row_;
    std::size_t next_{0};
    bool over_{false};
};

}  // namespace

result<std::unique_ptr<row_reader>> open_rows(const dataset& given, work& current, const limits& bounds) {
    auto rows = std::make_unique<table_rows>(current.control());
    if (auto opened = rows->open(given, current, bounds); !opened) {
        return fail(errc::validation_failed, opened.error().text);
    }
    return std::unique_ptr<row_reader>(std::move(rows));
}

}  // namespace esm::tasks::data
