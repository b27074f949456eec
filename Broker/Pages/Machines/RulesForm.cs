using System.Globalization;
using Polydev.Broker.Errors;
using Polydev.Broker.Machines;
using Polydev.Shared.Models;

namespace Polydev.Broker.Pages.Machines;

/// <summary>What stands in the fields of a machine's rules, as it was typed: one for each CLI.</summary>
public sealed record RulesForm(IReadOnlyList<RuleFields> Clis)
{
    /// <summary>Null where a field is wrong.</summary>
    public IReadOnlyList<MachineRule>? Rules => FirstProblem is not null ? null :
    [
        .. Clis.Select(fields => new MachineRule
        {
            Provider = fields.Provider,
            AllowsOverage = fields.AllowsOverage,
            ReservePercent = fields.Percent!.Value,
        }),
    ];

    /// <summary>There the focus goes; null: nothing is wrong.</summary>
    public RuleFields? FirstProblem => Clis.FirstOrDefault(fields => fields.Problem is not null);

    public static RulesForm Of(Machine machine) => new(
    [
        .. machine.Rules.Select(rule =>
            new RuleFields(rule.Provider, rule.AllowsOverage, rule.ReservePercent.ToString(CultureInfo.InvariantCulture))),
    ]);

    public static RulesForm Read(IFormCollection form) => new(
    [
        .. Providers.OfVendors.Select(provider => new RuleFields(
            provider,
            form[RuleFields.NameOf(provider, ChangeFields.AllowOverage)].Count > 0,
            form[RuleFields.NameOf(provider, ChangeFields.ReservePercent)].ToString())),
    ]);
}

/// <summary>The fields of one CLI.</summary>
/// <param name="Reserve">In percent, as it was typed; nothing: none.</param>
public sealed record RuleFields(string Provider, bool AllowsOverage, string Reserve)
{
    private const NumberStyles AsPeopleWriteIt = NumberStyles.AllowLeadingWhite | NumberStyles.AllowTrailingWhite;

    public string AllowName => NameOf(Provider, ChangeFields.AllowOverage);

    public string ReserveName => NameOf(Provider, ChangeFields.ReservePercent);

    /// <summary>Null where it is none.</summary>
    public int? Percent => string.IsNullOrWhiteSpace(Reserve) ? 0
        : int.TryParse(Reserve, AsPeopleWriteIt, CultureInfo.InvariantCulture, out var percent) && MachineRule.IsReserve(percent) ? percent
        : null;

    public string? Problem => Percent is null ? MachineRule.ReserveProblem : null;

    internal static string NameOf(string provider, string field) => $"{provider}_{field}";
}
