//! Which address of STS a token is for: the AWS CLI's choice, or the authenticator's.

use aws_config::SdkConfig;
use aws_sdk_sts::config::endpoint::{DefaultResolver, Params, ResolveEndpoint};
use aws_types::service_config::ServiceConfigKey;

/// An address and the region its signature is for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StsEndpoint {
    /// `https://sts.eu-west-1.amazonaws.com`, without a path.
    pub url: String,
    /// `eu-west-1`.
    pub signing_region: String,
}

/// What the choice rests on.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct StsSettings {
    /// The region; none means the global endpoint.
    pub region: Option<String>,
    /// `AWS_STS_REGIONAL_ENDPOINTS=legacy`: the global endpoint for the regions that once had no other.
    pub legacy: bool,
    /// `AWS_USE_FIPS_ENDPOINT`.
    pub fips: bool,
    /// `AWS_USE_DUALSTACK_ENDPOINT`.
    pub dual_stack: bool,
    /// `AWS_ENDPOINT_URL_STS` or `AWS_ENDPOINT_URL`.
    pub custom: Option<String>,
}

/// The region that stands for "none" where endpoints are resolved.
const GLOBAL: &str = "aws-global";

impl StsSettings {
    /// Reads the settings from variables, else from the profile. Without one of them the program's own default counts.
    pub fn read(
        config: &SdkConfig,
        region: Option<String>,
        legacy_by_default: bool,
        variable: &dyn Fn(&str) -> Option<String>,
    ) -> Self {
        let set = |name: &str| variable(name).filter(|value| !value.is_empty());
        let profile = |service, env, key| {
            let key = ServiceConfigKey::builder().service_id(service).env(env).profile(key).build().ok()?;
            config.service_config()?.load_config(key)
        };
        let mode = set("AWS_STS_REGIONAL_ENDPOINTS")
            .or_else(|| profile("none", "AWS_STS_REGIONAL_ENDPOINTS", "sts_regional_endpoints"));
        let is_on = |name, otherwise: Option<bool>| {
            set(name).map_or(otherwise.unwrap_or(false), |value| value.eq_ignore_ascii_case("true"))
        };
        let ignored = is_on("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", None);
        let custom = set("AWS_ENDPOINT_URL_STS")
            .or_else(|| set("AWS_ENDPOINT_URL"))
            .or_else(|| profile("STS", "AWS_ENDPOINT_URL", "endpoint_url"));
        Self {
            region,
            legacy: mode.map_or(legacy_by_default, |mode| mode == "legacy"),
            fips: is_on("AWS_USE_FIPS_ENDPOINT", config.use_fips()),
            dual_stack: is_on("AWS_USE_DUALSTACK_ENDPOINT", config.use_dual_stack()),
            custom: custom.filter(|_| !ignored),
        }
    }

    /// Chooses. Fails where there is no such endpoint (FIPS or dual stack in a partition without).
    pub async fn resolve(&self) -> Result<StsEndpoint, String> {
        let region = self.region.as_deref().unwrap_or(GLOBAL);
        let signing_region = if region == GLOBAL { "us-east-1" } else { region };
        if let Some(url) = &self.custom {
            return Ok(StsEndpoint { url: url.clone(), signing_region: signing_region.to_owned() });
        }
        let params = Params::builder()
            .region(region)
            .use_fips(self.fips)
            .use_dual_stack(self.dual_stack)
            .use_global_endpoint(self.legacy)
            .build()
            .map_err(|error| error.to_string())?;
        let endpoint = DefaultResolver::new().resolve_endpoint(&params).await.map_err(|error| error.to_string())?;
        let own_region = endpoint
            .auth_schemes()
            .first()
            .and_then(|scheme| scheme.get("signingRegion"))
            .and_then(|region| region.as_string())
            .map(str::to_owned);
        Ok(StsEndpoint {
            url: endpoint.url().to_owned(),
            signing_region: own_region.unwrap_or_else(|| signing_region.to_owned()),
        })
    }
}
