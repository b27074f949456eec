using Google.Protobuf.Collections;
using Polydev.Protos.V1;
using Polydev.Shared.Text;

namespace Polydev.Shared.Tunnel;

/// <summary>What a tunnel may say of itself and of its CLIs: the tunnel keeps to it, and the broker makes it so.</summary>
public static class CatalogBounds
{
    /// <summary>Characters of an id or a name.</summary>
    public const int MaxNameChars = 200;

    /// <summary>Characters of a hint: a sentence or two for a person.</summary>
    public const int MaxHintChars = 1000;

    public const int MaxClis = 100;

    /// <summary>Over all CLIs.</summary>
    public const int MaxModels = 2000;

    /// <summary>Of one CLI.</summary>
    public const int MaxWindows = 20;

    // Of one CLI: the features that it honours.
    private const int MaxHonours = 100;

    // Unix seconds of the last moment that a date can hold.
    private const long LastMoment = 253_402_300_799;

    /// <summary>
    /// Cuts the catalog itself to what it may hold. Names are cut; an id is left out where it is too long, because half an id is another
    /// one.
    /// </summary>
    public static Catalog Fit(Catalog catalog)
    {
        Keep(catalog.Clis, _ => true, MaxClis);
        var room = MaxModels;
        foreach (var cli in catalog.Clis)
        {
            cli.Provider = PlainText.Line(cli.Provider, MaxNameChars);
            cli.Version = PlainText.Line(cli.Version, MaxNameChars);
            cli.Hint = PlainText.Line(cli.Hint, MaxHintChars);
            cli.Refusal = PlainText.Line(cli.Refusal, MaxHintChars);
            Keep(cli.Honours, IsId, MaxHonours);
            FitQuota(cli);
            Keep(cli.Models, model => IsId(model.Id), room);
            room -= cli.Models.Count;
            foreach (var model in cli.Models)
            {
                model.DisplayName = PlainText.Line(model.DisplayName, MaxNameChars);
            }
        }

        return catalog;
    }

    private static void FitQuota(CliInfo cli)
    {
        cli.ReservePercent = Math.Min(cli.ReservePercent, 100);
        Keep(cli.Windows, window => window.Label.Length > 0 && double.IsFinite(window.UsedPercent), MaxWindows);
        foreach (var window in cli.Windows)
        {
            window.Label = PlainText.Line(window.Label, MaxNameChars);
            window.UsedPercent = Math.Clamp(window.UsedPercent, 0, 1000);
            window.ResetsAt = Math.Clamp(window.ResetsAt, 0, LastMoment);
            window.AsOf = Math.Clamp(window.AsOf, 0, LastMoment);
        }

        if (cli.Overage is { } overage)
        {
            overage.EndsAt = Math.Clamp(overage.EndsAt, 0, LastMoment);
            overage.AsOf = Math.Clamp(overage.AsOf, 0, LastMoment);
        }
    }

    // What the line of an id alters is none.
    private static bool IsId(string id) => id.Length > 0 && PlainText.Line(id, MaxNameChars) == id;

    private static void Keep<T>(RepeatedField<T> all, Func<T, bool> isGood, int most)
    {
        var kept = all.Where(isGood).Take(most).ToList();
        if (kept.Count < all.Count)
        {
            all.Clear();
            all.Add(kept);
        }
    }
}
