using Polydev.Broker.Calls;
using Polydev.Broker.Errors;

namespace Polydev.Broker.Manage;

/// <summary>Sums of the caller's account by day (UTC).</summary>
internal sealed class UsageHandler(IUsageStore calls, TimeProvider time)
{
    private const int DaysOfAnAnswer = 400;
    private const int DaysUnlessAsked = 30;

    public async Task GetAsync(HttpContext context)
    {
        var asked = Asked(ManageCaller.Of(context), ManageQuery.Read(context));
        var days = await calls.DaysAsync(asked, context.RequestAborted);
        var sums = await calls.SumsAsync(asked, context.RequestAborted);
        var body = new UsageBody(
            asked.From,
            asked.To,
            [.. days.Select(day => new UsageDayBody(day.Day, day.Name, TotalsBody.Of(day.Totals)))],
            [.. sums.Select(sum => new UsageSumBody(sum.Name, TotalsBody.Of(sum.Totals)))]);
        await ManageJson.WriteAsync(context, body, ManageJson.Default.UsageBody);
    }

    private UsageQuery Asked(ManageCaller caller, ManageQuery query)
    {
        var to = query.Day(ManageFields.To) ?? DateOnly.FromDateTime(time.GetUtcNow().UtcDateTime);
        var from = query.Day(ManageFields.From)
            ?? DateOnly.FromDayNumber(Math.Max(to.DayNumber - DaysUnlessAsked + 1, DateOnly.MinValue.DayNumber));
        return to.DayNumber - from.DayNumber is >= 0 and < DaysOfAnAnswer
            ? new UsageQuery
            {
                AccountId = caller.AccountId,
                From = from,
                To = to,
                KeyId = query.Text(ManageFields.KeyId),
                By = query.Text(ManageFields.By) switch
                {
                    "key" => UsageGrouping.Key,
                    "model" => UsageGrouping.Model,
                    "provider" => UsageGrouping.Provider,
                    _ => null,
                },
            }
            : throw new RefusedChangeException(
                new FieldProblem(ManageFields.From, $"Not behind `to`, and at most {DaysOfAnAnswer} days of an answer.")
                {
                    Most = DaysOfAnAnswer,
                });
    }
}

/// <param name="Days">The earliest first; a day without calls is left out.</param>
/// <param name="Sums">Of all days, those with the most calls first.</param>
internal sealed record UsageBody(DateOnly From, DateOnly To, IReadOnlyList<UsageDayBody> Days, IReadOnlyList<UsageSumBody> Sums);

/// <param name="Name">A key's id, a model or a CLI, as was asked for; empty: all together.</param>
internal sealed record UsageDayBody(DateOnly Day, string Name, TotalsBody Totals);

/// <param name="Name">As of a day.</param>
internal sealed record UsageSumBody(string Name, TotalsBody Totals);

/// <param name="Failed">Neither answered nor cancelled.</param>
internal sealed record TotalsBody(
    long Calls, long Failed, long InputTokens, long CachedTokens, long OutputTokens, long ThinkingTokens)
{
    public static TotalsBody Of(UsageTotals totals) => new(
        totals.Calls, totals.Failed, totals.InputTokens, totals.CachedTokens, totals.OutputTokens, totals.ThinkingTokens);
}
