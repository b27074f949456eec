using System.CommandLine;
using System.Globalization;

namespace Polydev.Broker.Commands;

/// <summary>The options that several commands share, so that each is named and explained once.</summary>
internal static class CommandOptions
{
    private const int LongestName = 100;

    public static Option<string> Data() => new("--data")
    {
        Description = $"Folder of the broker's database (environment: {BrokerPaths.DataVariable})",
        HelpName = "DIR",
        DefaultValueFactory = _ => BrokerPaths.DefaultData,
    };

    public static Option<string?> Database() => new("--database")
    {
        Description = "PostgreSQL in place of SQLite in the data folder: Host=…;Database=… "
            + $"(environment: {BrokerPaths.DatabaseVariable})",
        HelpName = "CONNECTION",
        DefaultValueFactory = _ => BrokerPaths.DefaultDatabase,
    };

    public static Option<bool> Json() => new("--json") { Description = "Print one line of JSON" };

    public static Option<string?> Account(string description) => new("--account") { Description = description, HelpName = "ID|NAME" };

    public static Option<string> Name()
    {
        var name = new Option<string>("--name") { Description = "What you will know it by", Required = true };
        name.Validators.Add(result =>
        {
            var text = result.GetValueOrDefault<string>();
            if (string.IsNullOrWhiteSpace(text) || text.Length > LongestName || text.Any(char.IsControl))
            {
                result.AddError($"--name takes 1 to {LongestName} characters, not all blank, without control characters.");
            }
        });
        return name;
    }

    public static Option<int?> Limit(string name, string window) => new(name)
    {
        Description = $"At most so many calls each {window}",
        HelpName = "N",
        CustomParser = result =>
        {
            if (int.TryParse(result.Tokens[0].Value, NumberStyles.None, CultureInfo.InvariantCulture, out var calls) && calls > 0)
            {
                return calls;
            }

            result.AddError($"{name} takes a whole number from 1.");
            return null;
        },
    };
}

internal static class BrokerPaths
{
    public const string DataVariable = "POLYDEV_DATA";

    /// <summary>A connection string holds a password: here no list of processes shows it.</summary>
    public const string DatabaseVariable = "POLYDEV_DATABASE";

    /// <summary><c>POLYDEV_DATA</c>, else a folder of this user's own, such as <c>~/.local/share/polydev</c>.</summary>
    public static string DefaultData => Environment.GetEnvironmentVariable(DataVariable) is { Length: > 0 } chosen
        ? chosen
        : Path.Combine(LocalData, "polydev");

    /// <summary><c>POLYDEV_DATABASE</c>; null: SQLite.</summary>
    public static string? DefaultDatabase =>
        Environment.GetEnvironmentVariable(DatabaseVariable) is { Length: > 0 } chosen ? chosen : null;

    // Without DoNotVerify the answer is empty on a machine where nothing has made ~/.local/share yet.
    private static string LocalData =>
        Environment.GetFolderPath(Environment.SpecialFolder.LocalApplicationData, Environment.SpecialFolderOption.DoNotVerify);
}
