using System.Buffers;
using System.Text;
using Polydev.Broker.SignIn;
using Polydev.Protos.V1;
using Polydev.Shared.Models;
using Polydev.Shared.Text;

namespace Polydev.Broker.Companion;

/// <summary>
/// What <c>--with-tunnel</c> prints once the tunnel is online: how to call it, and which CLIs answer. What the tunnel says of itself is
/// remote text, and a person copies the last lines into a shell.
/// </summary>
internal static class CompanionReport
{
    public const string NotOnline = "\nThe tunnel beside this broker did not come online. Run `polydev-mcp tunnel` by hand to see why.";

    // What no shell gives a meaning to, in any place of a word.
    private static readonly SearchValues<char> Plain =
        SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._:/@+");

    /// <summary>The sign-in link, in the words that <c>serve</c> has for it.</summary>
    public static string Of(IssuedLink link) =>
        $"Sign in  {link.Url}\n         (once, for {SignInLinks.Lifetime.TotalMinutes:0} minutes)\n";

    public static string Of(IReadOnlyList<CliInfo> clis, string apiBase, string key, IssuedLink link)
    {
        var text = new StringBuilder("\nCLIs on this machine\n");
        foreach (var cli in clis)
        {
            text.Append($"  {PlainText.Line(cli.Provider),-7} {What(cli)}\n");
        }

        text.Append($"\nBase URL {apiBase}\nKey      {key}\n");
        text.Append("         (until this broker stops; `polydev-broker key create --name NAME` makes a lasting one)\n");
        text.Append($"{Of(link)}\nTry it:\n");
        foreach (var cli in clis)
        {
            if (cli.State == CliState.Ready && ModelOf(cli) is { } model)
            {
                text.Append($"  {Curl(apiBase, key, model)}\n");
            }
        }

        return text.ToString();
    }

    private static string What(CliInfo cli) => cli.State == CliState.Ready
        ? $"{PlainText.Line(cli.Version)}  {string.Join(", ", cli.Models.Select(model => PlainText.Line(model.Id)))}"
        : $"{StateOf(cli.State)}: {PlainText.Line(cli.Hint, PlainText.LongestMessage)}";

    // On one line, to be copied whole.
    private static string Curl(string apiBase, string key, string model) =>
        $"curl {Word($"{apiBase}/chat/completions")} -H {Word($"Authorization: Bearer {key}")} -H \"Content-Type: application/json\" "
        + $$"""-d '{"model":"{{model}}","messages":[{"role":"user","content":"Say hello."}]}'""";

    private static string Word(string text) => IsPlain(text) ? text : $"'{text.Replace("'", "'\\''", StringComparison.Ordinal)}'";

    private static bool IsPlain(string text) => text.Length > 0 && !text.AsSpan().ContainsAnyExcept(Plain);

    // One of the product's list where the CLI's own list does not say better; none for a CLI that we do not know.
    private static string? ModelOf(CliInfo cli) =>
        cli.Models.FirstOrDefault()?.Id is { Length: <= PlainText.LongestName } first && IsPlain(first)
            && ModelId.Parse(first).Provider == cli.Provider
            ? first
            : KnownModels.ProviderOf.FirstOrDefault(known => known.Value == cli.Provider).Key;

    private static string StateOf(CliState state) => state switch
    {
        CliState.NotLoggedIn => "not logged in",
        CliState.NotInstalled => "not installed",
        CliState.Testing => "being tested",
        _ => "unusable",
    };
}
