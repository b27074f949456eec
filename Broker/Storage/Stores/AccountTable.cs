using System.Globalization;
using System.Text.Json.Nodes;

namespace Polydev.Broker.Storage.Stores;

/// <summary>
/// A table with rows of accounts: how they are found, in what order they are read, and what of them its owner is given. A test looks that
/// no table with an account's id is missing here, and no column but those that it names.
/// </summary>
/// <param name="Kind">What an exported row is called.</param>
/// <param name="Order">Columns, unique together, along an index that begins with the account: pages are read by them.</param>
internal sealed record AccountTable(string Kind, string Table, string[] Order, ExportColumn[] Columns)
{
    private static readonly ExportColumn[] OfCredential =
    [
        Text("id"), Text("name"), Time("created_at"), Time("revoked_at"), Time("expires_at"), Time("first_seen_at"), Time("last_seen_at"),
    ];

    /// <summary>The column that holds the account's id.</summary>
    public string Owner { get; init; } = "account_id";

    /// <summary>SQL; which of the table's rows they are.</summary>
    public string Condition { get; init; } = "";

    /// <summary>The account's own row first. What stands later is deleted later: rows that others refer to.</summary>
    public static IReadOnlyList<AccountTable> All { get; } =
    [
        new("account", "accounts", ["id"],
        [
            Text("id"), Text("name"), Word("tier", "free", "premium", "unlimited"), Time("created_at"), Time("month_start"),
            Number("month_used"),
        ])
        {
            Owner = "id",
        },
        new("call", "calls", ["began_at", "id"],
        [
            Text("id"), Text("key_id"), Number("secret_number"), Time("began_at"), Text("model"), Text("dialect"), Text("provider"),
            Text("cli_version"), Text("machine"), Text("machine_id"), Number("streamed"), Number("status"),
            Word("result", "answered", "refused", "failed", "cancelled"), Text("outcome"), Text("refused_by"), Text("stop_reason"),
            Text("ignored"), Number("slot_wait_ms"), Number("first_token_ms"), Number("duration_ms"), Number("input_tokens"),
            Number("cached_tokens"), Number("output_tokens"), Number("thinking_tokens"),
        ]),
        new("day", "daily_totals", ["day", "key_id", "provider", "model"],
        [
            Time("day"), Text("key_id"), Text("provider"), Text("model"), Number("calls"), Number("failed"), Number("input_tokens"),
            Number("cached_tokens"), Number("output_tokens"), Number("thinking_tokens"),
        ]),
        new("secret_use", "secret_uses", ["key_id", "secret_number"], [Text("key_id"), Number("secret_number"), Time("used_at")]),
        new("connection", "connections", ["id"],
        [
            Text("id"), Text("token_id"), Time("began_at"), Time("seen_at"), Time("ended_at"),
            Word("ending", "goodbye", "lost", "revoked", "broker_stopped"),
        ]),
        new("machine_rule", "machine_rules", ["token_id", "provider"],
            [Text("token_id"), Text("provider"), Number("allow_overage"), Number("reserve_percent")]),
        new("sign_in_link", "sign_in_links", ["id"], [Text("id"), Time("created_at"), Time("expires_at"), Time("used_at")]),
        new("session", "sessions", ["id"],
        [
            Text("id"), Text("browser"), Text("address"), Time("created_at"), Time("seen_at"), Time("expires_at"), Time("ended_at"),
        ]),
        new("device_login", "device_logins", ["id"],
        [
            Text("id"), Text("machine_name"), Text("client_version"), Text("address"), Time("created_at"),
            Time("expires_at"), Time("polled_at"), Number("poll_seconds"), Number("state"),
        ]),
        new("audit_entry", "audit", ["happened_at", "id"],
        [
            Text("id"), Time("happened_at"), Text("action"), Word("actor", "session", "account_token", "command_line", "machine"),
            Text("actor_id"), Text("actor_name"), Text("address"), Text("subject_id"), Text("subject_name"), Text("detail"),
        ]),
        new("identity", "identities", ["issuer", "subject"],
            [Text("issuer"), Text("subject"), Text("email"), Time("created_at"), Time("seen_at")]),
        new("api_key", "credentials", ["id"],
        [
            .. OfCredential, Number("per_hour"), Number("per_day"), Number("per_month"), Time("hour_start"), Number("hour_used"),
            Time("day_start"), Number("day_used"), Time("month_start"), Number("month_used"), Number("secret_number"),
            Time("old_expires_at"),
        ])
        {
            Condition = "AND kind = 1",
        },
        new("machine", "credentials", ["id"], OfCredential) { Condition = "AND kind = 2" },
        new("account_token", "credentials", ["id"], OfCredential) { Condition = "AND kind = 3" },
    ];

    public string Select => $"SELECT {string.Join(", ", Columns.Select(column => column.Name))} FROM {Table}";

    private static ExportColumn Text(string name) => new(name, value => JsonValue.Create((string)value));

    private static ExportColumn Number(string name) =>
        new(name, value => JsonValue.Create(Convert.ToInt64(value, CultureInfo.InvariantCulture)));

    private static ExportColumn Time(string name) =>
        new(name, value => JsonValue.Create(StoredTime.Of(Convert.ToInt64(value, CultureInfo.InvariantCulture))));

    // By their numbers, from 1.
    private static ExportColumn Word(string name, params string[] words) =>
        new(name, value => JsonValue.Create(words[Convert.ToInt32(value, CultureInfo.InvariantCulture) - 1]));
}

/// <param name="ToJson">Of a value that is not null.</param>
internal sealed record ExportColumn(string Name, Func<object, JsonNode?> ToJson);
