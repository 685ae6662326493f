using System.Globalization;
using Orleans.Runtime;

namespace Orleans
{
    /// <summary>Names a grain class in identities and storage, so that it may be renamed.</summary>
    [AttributeUsage(AttributeTargets.Class)]
    public sealed class GrainTypeAttribute : Attribute
    {
        private readonly GrainType _grainType;

        public GrainTypeAttribute(string grainType) => _grainType = GrainType.Create(grainType);

        public GrainType GetGrainType(IServiceProvider services, Type type) => _grainType;
    }

    /// <summary>How long an activation of this class may be idle before it is collected.</summary>
    [AttributeUsage(AttributeTargets.Class)]
    public class CollectionAgeLimitAttribute : Attribute
    {
        public static readonly TimeSpan MinAgeLimit = TimeSpan.FromMinutes(1);

        private readonly TimeSpan? _given;

        public CollectionAgeLimitAttribute()
        {
        }

        public CollectionAgeLimitAttribute(string inactivityPeriod) => _given = TimeSpan.Parse(inactivityPeriod, CultureInfo.InvariantCulture);

        public double Days { get; set; }
        public double Hours { get; set; }
        public double Minutes { get; set; }

        /// <summary>The class is never collected for being idle.</summary>
        public bool AlwaysActive { get; set; }

        public TimeSpan AgeLimit
        {
            get
            {
                if (AlwaysActive) return System.Threading.Timeout.InfiniteTimeSpan;
                var limit = _given ?? TimeSpan.FromDays(Days) + TimeSpan.FromHours(Hours) + TimeSpan.FromMinutes(Minutes);
                return limit < MinAgeLimit ? MinAgeLimit : limit;
            }
        }
    }
}

namespace Orleans.Metadata
{
    /// <summary>Names the grain type that serves an interface which several classes implement.</summary>
    [AttributeUsage(AttributeTargets.Interface)]
    public sealed class DefaultGrainTypeAttribute(string grainType) : Attribute
    {
        internal GrainType GrainType { get; } = GrainType.Create(grainType);
    }
}
