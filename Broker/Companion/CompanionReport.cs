using System.Text;
using Polydev.Protos.V1;
using Polydev.Shared.Models;

namespace Polydev.Broker.Companion;

/// <summary>What <c>--with-tunnel</c> prints once the tunnel is online: how to call it, and which CLIs answer.</summary>
internal static class CompanionReport
{
    public const string NotOnline = "\nThe tunnel beside this broker did not come online. Run `polydev-mcp tunnel` by hand to see why.";

    public static string Of(IReadOnlyList<CliInfo> clis, string apiBase, string key)
    {
        var text = new StringBuilder("\nCLIs on this machine\n");
        foreach (var cli in clis)
        {
            var what = cli.State == CliState.Ready
                ? $"{cli.Version}  {string.Join(", ", cli.Models.Select(model => model.Id))}"
                : $"{StateOf(cli.State)}: {cli.Hint}";
            text.Append($"  {cli.Provider,-7} {what}\n");
        }

        text.Append($"\nBase URL {apiBase}\nKey      {key}\n");
        text.Append("         (until this broker stops; `polydev-broker key create --name NAME` makes a lasting one)\n\nTry it:\n");
        foreach (var cli in clis.Where(cli => cli.State == CliState.Ready))
        {
            text.Append($"  {Curl(apiBase, key, ModelOf(cli))}\n");
        }

        return text.ToString();
    }

    // On one line, to be copied whole.
    private static string Curl(string apiBase, string key, string model) =>
        $$"""curl {{apiBase}}/chat/completions -H "Authorization: Bearer {{key}}" -H "Content-Type: application/json" """
        + $$"""-d '{"model":"{{model}}","messages":[{"role":"user","content":"Say hello."}]}'""";

    // One of the product's list where the CLI's own list does not say better.
    private static string ModelOf(CliInfo cli) =>
        cli.Models.FirstOrDefault()?.Id is { } first && ModelId.Parse(first).Provider == cli.Provider
            ? first
            : KnownModels.ProviderOf.First(known => known.Value == cli.Provider).Key;

    private static string StateOf(CliState state) => state switch
    {
        CliState.NotLoggedIn => "not logged in",
        CliState.NotInstalled => "not installed",
        CliState.Testing => "being tested",
        _ => "unusable",
    };
}
