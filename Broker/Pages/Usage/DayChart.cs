using System.Globalization;
using Polydev.Broker.Calls;
using Polydev.Broker.Pages.Charts;
using Polydev.Broker.Pages.Parts;
using Polydev.Broker.Pages.Viewing;

namespace Polydev.Broker.Pages.Usage;

/// <summary>Thirty days, stacked. The days are UTC's, as the store sums them up.</summary>
internal sealed class DayChart
{
    public const int Days = 30;

    private const int DaysALabel = 6;
    private const int MostKeys = 5;

    private static readonly CultureInfo English = CultureInfo.InvariantCulture;

    private readonly UsageChoice _choice;
    private readonly DateOnly _today;

    private DayChart(UsageChoice choice, DateOnly today)
    {
        _choice = choice;
        _today = today;
    }

    private DateOnly First => _today.AddDays(1 - Days);

    /// <param name="days">By what the choice says.</param>
    /// <param name="keyName">From a key's id.</param>
    public static BarChart Of(UsageChoice choice, IReadOnlyList<UsageOfDay> days, DateOnly today, Func<string, string> keyName)
    {
        var chart = new DayChart(choice, today);
        return chart.Draw(days, chart.PartsOf(days, keyName));
    }

    public static string DayOf(DateOnly day) => day.ToString("d MMM", English);

    // What is stacked: each with the names whose figures it holds.
    private IReadOnlyList<Part> PartsOf(IReadOnlyList<UsageOfDay> days, Func<string, string> keyName)
    {
        var named = days.GroupBy(day => (day.Provider, day.Name))
            .Select(group => (group.Key, All: group.Sum(day => _choice.Measure.Of(day.Totals))))
            .OrderByDescending(one => one.All).ThenBy(one => one.Key.Name, StringComparer.Ordinal)
            .Select(one => one.Key)
            .ToArray();
        return _choice.By.Grouping switch
        {
            UsageGrouping.Provider =>
            [
                .. named.OrderBy(one => CliFills.Order(one.Name)).Select(one => new Part(CliFills.Series(one.Name), [one])),
            ],
            UsageGrouping.Key => [.. KeysOf(named, keyName)],
            _ =>
            [
                .. named.GroupBy(one => one.Provider)
                    .OrderBy(models => CliFills.Order(models.Key)).ThenBy(models => models.Key, StringComparer.Ordinal)
                    .SelectMany(models => ModelsOf(models.Key, [.. models])),
            ],
        };
    }

    // Models past the third share its place.
    private static IEnumerable<Part> ModelsOf(string provider, (string Provider, string Name)[] models)
    {
        if (provider.Length == 0)
        {
            return [new Part(CliFills.Series(provider), models)];
        }

        var own = models.Length <= CliFills.Tints ? models.Length : CliFills.Tints - 1;
        var parts = models.Take(own).Select((model, tint) => new Part(new BarSeries(model.Name, CliFills.Of(provider, tint)), [model]));
        return own == models.Length
            ? parts
            : parts.Append(new Part(
                new BarSeries($"other models of {CliNames.Of(provider)}", CliFills.Of(provider, CliFills.Tints - 1)),
                [.. models.Skip(own)]));
    }

    // A key has no hue: colour is what a CLI is known by.
    private static IEnumerable<Part> KeysOf((string Provider, string Name)[] keys, Func<string, string> keyName)
    {
        var own = keys.Length <= MostKeys ? keys.Length : MostKeys - 1;
        var parts = keys.Take(own).Select((key, index) => new Part(new BarSeries(keyName(key.Name), $"s-k{index + 1}"), [key]));
        return own == keys.Length ? parts : parts.Append(new Part(new BarSeries("other keys", $"s-k{MostKeys}"), [.. keys.Skip(own)]));
    }

    private BarChart Draw(IReadOnlyList<UsageOfDay> days, IReadOnlyList<Part> parts)
    {
        var values = days.ToDictionary(day => (day.Day, day.Provider, day.Name), day => _choice.Measure.Of(day.Totals));
        var columns = Enumerable.Range(0, Days).Select(index => First.AddDays(index))
            .Select(day => ColumnOf(day, parts, [.. parts.Select(part => part.Of.Sum(one =>
                values.GetValueOrDefault((day, one.Provider, one.Name))))]))
            .ToArray();
        var first = Enumerable.Range(1, Days - 1).FirstOrDefault(index => First.AddDays(index).Day == 1);
        return new BarChart
        {
            Sentence = SentenceOf(columns),
            Unit = "Day",
            Series = [.. parts.Select(part => part.Series)],
            Columns = columns,
            Labels =
            [
                .. Enumerable.Range(0, Days / DaysALabel)
                    .Select(index => new AxisLabel(DayOf(First.AddDays(index * DaysALabel)), IsMinor: index % 2 == 0 && index > 0)),
                new AxisLabel("today"),
            ],
            Marked = first > 0 ? first : null,
        }.Bounded(new BarSeries("others", CliFills.Grey));
    }

    private BarColumn ColumnOf(DateOnly day, IReadOnlyList<Part> parts, IReadOnlyList<long> values)
    {
        var all = values.Sum();
        var each = parts.Zip(values).Where(one => one.Second > 0).Select(one => $"{one.First.Series.Name} {Wording.Short(one.Second)}");
        var title = $"{day.ToString("ddd d MMM", English)} · {Amount(all)}{(day == _today ? " so far" : null)}";
        return new BarColumn(
            day == _today ? $"{DayOf(day)}, so far" : DayOf(day), all > 0 ? $"{title}: {string.Join(", ", each)}" : title, values);
    }

    private string SentenceOf(BarColumn[] columns)
    {
        var all = columns.Sum(column => column.Total);
        var most = Array.FindIndex(columns, column => column.Total == columns.Max(one => one.Total));
        var span = $"{_choice.Measure.Title} a day from {LongDay(First)} to {LongDay(_today)}";
        return all == 0
            ? $"{span}: none."
            : $"{span}, stacked by {_choice.By.InSentence}. {Wording.Short(all)} in total; the most on {LongDay(First.AddDays(most))}, "
                + $"{Wording.Short(columns[most].Total)}{(most == Days - 1 ? " so far" : null)}.";
    }

    private string Amount(long number) => $"{Wording.Short(number)} {_choice.Measure.One}{(number == 1 ? null : "s")}";

    private static string LongDay(DateOnly day) => day.ToString("d MMMM", English);

    private sealed record Part(BarSeries Series, IReadOnlyList<(string Provider, string Name)> Of);
}
