using Polydev.Broker.Errors;
using Polydev.Broker.Reference;
using Polydev.Shared.Models;

namespace Polydev.Broker.Manage;

/// <summary>Names and meanings of what requests of the management API hold.</summary>
internal static class ManageFields
{
    public const string KeyId = "key_id";
    public const string MachineId = "machine_id";
    public const string CallId = "call_id";
    public const string TokenId = "token_id";
    public const string SubjectId = "subject_id";

    public const string OldSecret = "old_secret";
    public const string OneDay = "one_day";
    public const string SevenDays = "seven_days";

    public const string From = "from";
    public const string To = "to";
    public const string By = "by";
    public const string Model = "model";
    public const string Provider = "provider";
    public const string Machine = "machine";
    public const string Result = "result";
    public const string Outcome = "outcome";
    public const string Cursor = "cursor";
    public const string Limit = "limit";

    private const string AsTheTier = "Calls; null: as many as the tier allows.";

    public static ApiField Name { get; } =
        new(ChangeFields.Name, ApiFieldKind.Text, "1 to 100 characters.") { IsRequired = true };

    public static ApiField NewName { get; } = Name with { IsRequired = false };

    public static ApiField[] Limits { get; } =
    [
        new(ChangeFields.PerHour, ApiFieldKind.Number, AsTheTier) { IsNullable = true },
        new(ChangeFields.PerDay, ApiFieldKind.Number, AsTheTier) { IsNullable = true },
        new(ChangeFields.PerMonth, ApiFieldKind.Number, AsTheTier) { IsNullable = true },
    ];

    public static ApiField OldSecretLife { get; } =
        new(OldSecret, ApiFieldKind.Text, "How long the secret before stays good.")
        {
            IsRequired = true,
            Words = ["none", OneDay, SevenDays],
        };

    public static ApiField[] UsageRule { get; } =
    [
        new(ChangeFields.Provider, ApiFieldKind.Text, "The CLI.") { IsRequired = true, Words = Providers.OfVendors },
        new(ChangeFields.AllowOverage, ApiFieldKind.Flag, "Calls go on while the vendor counts them as paid.") { IsRequired = true },
        new(ChangeFields.ReservePercent, ApiFieldKind.Number, "0 to 100: so much of every window callers leave to the owner.")
        {
            IsRequired = true,
            Least = 0,
        },
    ];

    public static ApiField[] Page { get; } =
    [
        new(Cursor, ApiFieldKind.Text, "The next_cursor of the page before; none: the first page."),
        new(Limit, ApiFieldKind.Number, "Entries of a page, 1 to 200; 50."),
    ];

    public static ApiField[] Usage { get; } =
    [
        new(From, ApiFieldKind.Day, "The first day, UTC; 29 days before the last."),
        new(To, ApiFieldKind.Day, "The last day, UTC, itself too; today."),
        new(By, ApiFieldKind.Text, "Apart for each of these; none: all together, under an empty name.")
        {
            Words = ["key", "model", "provider"],
        },
        new(KeyId, ApiFieldKind.Text, "Of one key alone."),
    ];

    public static ApiField[] Calls { get; } =
    [
        new(KeyId, ApiFieldKind.Text, "Of one key."),
        new(MachineId, ApiFieldKind.Text, "Of one machine."),
        new(Machine, ApiFieldKind.Text, "Of machines of that name."),
        new(Model, ApiFieldKind.Text, "As it was asked for."),
        new(Provider, ApiFieldKind.Text, "The CLI: claude, codex, gemini, echo."),
        new(Result, ApiFieldKind.Text, "How it ended.") { Words = ["answered", "refused", "failed", "cancelled", "not_answered"] },
        new(Outcome, ApiFieldKind.Text, "The same more exactly, in the broker's word."),
        new(From, ApiFieldKind.Time, "That began then, or later."),
        new(To, ApiFieldKind.Time, "That began before."),
        .. Page,
    ];

    public static ApiField[] Audit { get; } =
        [new(SubjectId, ApiFieldKind.Text, "About this key, machine or token alone."), .. Page];

    /// <exception cref="RefusedChangeException">It is no size of a page.</exception>
    public static int PageSizeOf(ManageQuery query, int largest) => query.Number(Limit) switch
    {
        null => 50,
        { } size when size >= 1 && size <= largest => size,
        _ => throw new RefusedChangeException(new FieldProblem(Limit, $"1 to {largest}.") { Most = largest }),
    };
}
