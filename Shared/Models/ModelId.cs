using System.Text.RegularExpressions;

namespace Polydev.Shared.Models;

/// <summary>A caller's model id, taken apart: the CLI that it names (null: none by itself) and the id that this CLI is given.</summary>
public readonly partial record struct ModelId(string? Provider, string Model)
{
    private static readonly (string Vendor, string Provider)[] Vendors =
        [("anthropic/", Providers.Claude), ("openai/", Providers.Codex), ("google/", Providers.Gemini)];

    /// <summary>
    /// Reads the id as any of the three SDKs sends it: <c>models/…</c> (Google) is dropped, <c>claude/…</c>, <c>codex/…</c>,
    /// <c>gemini/…</c> name the CLI, then the product's list, then the prefix rules. A vendor's name before a model of its own
    /// (<c>anthropic/claude-…</c>), as clients of many vendors write it, is dropped.
    /// </summary>
    public static ModelId Parse(string text)
    {
        var id = text.Trim();
        id = id.StartsWith("models/", StringComparison.Ordinal) ? id["models/".Length..] : id;

        foreach (var provider in Providers.All)
        {
            if (id.Length > provider.Length + 1 && id[provider.Length] == '/' && id.StartsWith(provider, StringComparison.Ordinal))
            {
                return new ModelId(provider, id[(provider.Length + 1)..]);
            }
        }

        foreach (var (vendor, provider) in Vendors)
        {
            if (id.StartsWith(vendor, StringComparison.Ordinal) && ByName(id[vendor.Length..]) == provider)
            {
                return new ModelId(provider, id[vendor.Length..]);
            }
        }

        return new ModelId(ByName(id), id);
    }

    /// <summary>
    /// True for what may be given to a CLI: there it comes to stand in argv, in files and in a path of the vendor's address, and here in
    /// logs and on terminals. So it is a name and nothing else: no option, no way to another folder, no query; at most 200 characters.
    /// </summary>
    public static bool IsName(string id) => Names().IsMatch(id);

    // The clouds' ids have colons, slashes and brackets; a ".." would leave the vendor's folder of models.
    [GeneratedRegex(@"^(?!.*\.\.)[A-Za-z0-9][A-Za-z0-9_.:@/+\[\]-]{0,199}\z")]
    private static partial Regex Names();

    private static string? ByName(string id) => KnownModels.ProviderOf.GetValueOrDefault(id) ?? ByPrefix(id);

    private static string? ByPrefix(string id) => id switch
    {
        _ when id.StartsWith("claude-", StringComparison.Ordinal) => Providers.Claude,
        _ when id.StartsWith("gpt-", StringComparison.Ordinal) => Providers.Codex,
        _ when id.StartsWith("codex-", StringComparison.Ordinal) => Providers.Codex,
        _ when id.StartsWith("gemini-", StringComparison.Ordinal) => Providers.Gemini,
        ['o', >= '0' and <= '9', ..] => Providers.Codex,
        _ => null,
    };
}
