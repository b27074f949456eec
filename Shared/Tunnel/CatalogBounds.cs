using Google.Protobuf.Collections;
using Polydev.Protos.V1;

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

    // Of one CLI: the features that it honours.
    private const int MaxHonours = 100;

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
            cli.Provider = WireText.Line(cli.Provider, MaxNameChars);
            cli.Version = WireText.Line(cli.Version, MaxNameChars);
            cli.Hint = WireText.Line(cli.Hint, MaxHintChars);
            Keep(cli.Honours, IsId, MaxHonours);
            Keep(cli.Models, model => IsId(model.Id), room);
            room -= cli.Models.Count;
            foreach (var model in cli.Models)
            {
                model.DisplayName = WireText.Line(model.DisplayName, MaxNameChars);
            }
        }

        return catalog;
    }

    // What the line of an id alters is none.
    private static bool IsId(string id) => id.Length > 0 && WireText.Line(id, MaxNameChars) == id;

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
